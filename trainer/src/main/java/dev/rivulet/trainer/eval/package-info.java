/** Evaluation on held-out batches: the batches themselves, and the metrics of each task. */
@NullMarked
package dev.rivulet.trainer.eval;

import org.jspecify.annotations.NullMarked;
