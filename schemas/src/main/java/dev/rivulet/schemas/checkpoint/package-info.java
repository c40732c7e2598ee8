/** Checkpoints in the log: manifests, and the tensors that they refer to. */
@NullMarked
package dev.rivulet.schemas.checkpoint;

import org.jspecify.annotations.NullMarked;
