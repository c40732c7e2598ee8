package dev.rivulet.trainer.method;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.tensor.Kernels;

/**
 * The way of a layer's moments into its next subspace: carried over by the overlap of the bases,
 * and filled from the gradient where the old basis did not reach, or everywhere.
 *
 * <p>The count of updates is shared with the other parameters and goes on, so moments of 0 would
 * make the first steps threefold; filled, they have full size.
 *
 * @param basisForm how bases are kept
 * @param policy what becomes of the moments
 */
record MomentCarry(Kernels kernels, BasisForm basisForm, MomentPolicy policy) {

  /**
   * Brings the moments of a layer's trained factor to the shape and meaning of its next one. The
   * layer still has the old basis, and there was an update since it began.
   *
   * @param scratch owns what is made on the way
   * @param next its gradient is clipped
   */
  void carry(NDManager scratch, Adam adam, NextOverlay next) {
    LinearLayer layer = next.layer();
    Adam.Moments moments = adam.moments(layer.trained());
    NDList carried =
        switch (policy) {
          case TRANSPORT -> transported(scratch, adam, moments, next);
          case RESET -> kernels.call(scratch, "begun", next.gradient(), adam.corrections());
        };
    moments.first().replace(layer.orient(kernels, carried.get(0)));
    moments.second().replace(layer.orient(kernels, carried.get(1)));
  }

  private NDList transported(NDManager scratch, Adam adam, Adam.Moments moments, NextOverlay next) {
    LinearLayer layer = next.layer();
    NDArray old = layer.fromShortSide(kernels, scratch, layer.basis().value());
    return kernels.call(
        scratch,
        "transport",
        basisForm.dual(kernels, scratch, old),
        next.basis(),
        layer.fromShortSide(kernels, scratch, moments.first().value()),
        layer.fromShortSide(kernels, scratch, moments.second().value()),
        next.gradient(),
        adam.corrections());
  }
}
