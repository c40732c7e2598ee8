/** The engine: its kernels, and the tensors they work on. */
@NullMarked
package dev.rivulet.trainer.tensor;

import org.jspecify.annotations.NullMarked;
