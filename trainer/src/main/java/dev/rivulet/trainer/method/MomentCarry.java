package dev.rivulet.trainer.method;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.tensor.Kernels;

/**
 * The way of a layer's moments into its next subspace: carried over by the overlap of the bases,
 * and filled from the gradient where the old basis did not reach.
 */
record MomentCarry(Kernels kernels) {

  /**
   * Brings the moments of a layer's trained factor to the shape and meaning of its next one. The
   * layer still has the old basis.
   *
   * @param scratch owns what is made on the way
   * @param next its gradient is clipped
   */
  void carry(NDManager scratch, Adam adam, NextOverlay next) {
    LinearLayer layer = next.layer();
    Adam.Moments moments = adam.moments(layer.trained());
    NDList carried =
        kernels.call(
            scratch,
            "transport",
            layer.fromShortSide(kernels, scratch, layer.basis().value()),
            next.basis(),
            layer.fromShortSide(kernels, scratch, moments.first().value()),
            layer.fromShortSide(kernels, scratch, moments.second().value()),
            next.gradient(),
            adam.corrections());
    moments.first().replace(layer.orient(kernels, carried.get(0)));
    moments.second().replace(layer.orient(kernels, carried.get(1)));
  }
}
