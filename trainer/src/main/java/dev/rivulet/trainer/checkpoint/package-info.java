/**
 * Checkpoints: a run's model, what its snapshot becomes in the log, and the way back from the log
 * into a model.
 */
@NullMarked
package dev.rivulet.trainer.checkpoint;

import org.jspecify.annotations.NullMarked;
