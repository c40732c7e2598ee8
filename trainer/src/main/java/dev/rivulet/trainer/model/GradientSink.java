package dev.rivulet.trainer.model;

import ai.djl.ndarray.NDArray;
import dev.rivulet.trainer.tensor.Parameter;

/** Where gradients go as the backward pass makes them, block by block, the last block first. */
@FunctionalInterface
public interface GradientSink {
  /**
   * Takes a gradient.
   *
   * @param parameter what it is the gradient of
   * @param gradient of the parameter's shape; freed at the end of the pass, unless attached
   *     elsewhere
   */
  void accept(Parameter parameter, NDArray gradient);
}
