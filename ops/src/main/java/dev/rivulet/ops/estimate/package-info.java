/** The {@code estimate} command: the memory of a run, before anything is loaded. */
@NullMarked
package dev.rivulet.ops.estimate;

import org.jspecify.annotations.NullMarked;
