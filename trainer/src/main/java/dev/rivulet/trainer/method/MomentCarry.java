package dev.rivulet.trainer.method;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.tensor.Kernels;

/**
 * The way of a layer's moments into its next subspace.
 *
 * <p>The count of updates is shared with the other parameters and is not reset, so moments of 0
 * would make the first steps threefold; filled from the gradient, they have full size.
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
    switch (policy) {
      case TRANSPORT -> replace(layer, moments, transported(scratch, adam, moments, next));
      case RESET ->
          replace(
              layer, moments, kernels.call(scratch, "begun", next.gradient(), adam.corrections()));
      case KEEP -> requireRank(layer, next);
    }
  }

  private void replace(LinearLayer layer, Adam.Moments moments, NDList carried) {
    moments.first().replace(layer.orient(kernels, carried.get(0)));
    moments.second().replace(layer.orient(kernels, carried.get(1)));
  }

  private static void requireRank(LinearLayer layer, NextOverlay next) {
    long rank = next.gradient().getShape().get(0);
    if (rank != layer.rank()) {
      throw new IllegalStateException(
          "layer %s: moments are kept as they are, and the rank changes from %d to %d"
              .formatted(layer.name(), layer.rank(), rank));
    }
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
