/** Ranks before a run: how much each layer matters on some texts, and what rank that earns it. */
@NullMarked
package dev.rivulet.ops.ranks;

import org.jspecify.annotations.NullMarked;
