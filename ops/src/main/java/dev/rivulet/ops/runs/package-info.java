/** The {@code runs} command: the runs of a log. */
@NullMarked
package dev.rivulet.ops.runs;

import org.jspecify.annotations.NullMarked;
