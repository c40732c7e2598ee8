/** Snapshots of a run, and the records that are not needed any more once there is one. */
@NullMarked
package dev.rivulet.ops.rebase;

import org.jspecify.annotations.NullMarked;
