/**
 * The memory and the arithmetic of a training step, estimated from the shapes of a model and a
 * batch before anything is loaded.
 */
@NullMarked
package dev.rivulet.trainer.estimate;

import org.jspecify.annotations.NullMarked;
