package dev.rivulet.trainer.method;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.tensor.Kernels;

/**
 * The way of a layer's moments into its next subspace.
 *
 * @param rule what becomes of them
 */
record MomentCarry(Kernels kernels, Moments rule) {

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
    switch (rule) {
      case TRANSPORT -> transport(scratch, adam, next, moments);
      case KEEP -> requireRank(layer, next);
      case RESET -> moments.clear(layer.orient(kernels, next.gradient()));
    }
  }

  private static void requireRank(LinearLayer layer, NextOverlay next) {
    long rank = next.gradient().getShape().get(0);
    if (rank != layer.rank()) {
      throw new IllegalStateException(
          "layer %s: moments are kept as they are, and the rank changes from %d to %d"
              .formatted(layer.name(), layer.rank(), rank));
    }
  }

  private void transport(NDManager scratch, Adam adam, NextOverlay next, Adam.Moments moments) {
    LinearLayer layer = next.layer();
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
