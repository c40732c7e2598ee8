package dev.rivulet.trainer.spectrum;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.rivulet.schemas.fold.KeyedRandom;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;

/**
 * A randomized range finder (Halko, Martinsson, Tropp, arXiv 0909.4061): the leading left singular
 * vectors and the singular values of a gradient, from a keyed Gaussian test matrix.
 *
 * @param columns columns to find; a layer whose short side is smaller gets as many as that
 * @param powerIterations passes over the gradient that sharpen a flat spectrum
 * @param seed seed of the test matrices
 */
public record RangeFinder(int columns, int powerIterations, long seed) {

  /**
   * Sketches a gradient.
   *
   * @param owner is to own the result
   * @param gradient [short, long]
   * @param layer with the refresh, the key of the test matrix
   * @param refresh number of the refresh
   */
  public Sketch sketch(
      Kernels kernels, NDManager owner, NDArray gradient, String layer, int refresh) {
    long rows = gradient.getShape().get(0);
    long cols = gradient.getShape().get(1);
    int found = (int) Math.min(columns, rows);
    float[] normal =
        KeyedRandom.of(seed, "range-finder", layer, refresh).normal(Math.toIntExact(cols * found));
    try (Parameter omega = Parameter.of("omega", gradient.getManager(), normal, cols, found)) {
      NDList results =
          kernels.call(owner, "sketch", gradient, omega.value(), new double[] {powerIterations});
      return new Sketch(
          results.get(0),
          results.get(1).toFloatArray(),
          results.get(2),
          results.get(3).getDouble());
    }
  }
}
