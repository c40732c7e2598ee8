/** Commands on a run's checkpoints: list, show, compare, verify, and rebase to a snapshot. */
@NullMarked
package dev.rivulet.ops.checkpoint;

import org.jspecify.annotations.NullMarked;
