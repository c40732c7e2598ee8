/** Commands on a run's checkpoints: what there are, what is in them, and the way back to one. */
@NullMarked
package dev.rivulet.ops.checkpoint;

import org.jspecify.annotations.NullMarked;
