package dev.rivulet.trainer.spectrum;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.rivulet.schemas.fold.KeyedRandom;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.Optional;

/**
 * A randomized range finder (Halko, Martinsson, Tropp, arXiv 0909.4061): the leading left singular
 * vectors and the singular values of a gradient, from a keyed Gaussian test matrix, or from a basis
 * that was found before, extended by keyed Gaussian columns.
 *
 * @param columns columns to find; a layer whose short side is smaller gets as many as that
 * @param powerIterations passes over the gradient that sharpen a flat spectrum; a start from an
 *     earlier basis counts as the first
 * @param warmStart whether an earlier basis is made use of
 * @param seed seed of the random columns
 */
public record RangeFinder(int columns, int powerIterations, boolean warmStart, long seed) {

  /**
   * Sketches a gradient.
   *
   * @param owner is to own the result
   * @param gradient [short, long]
   * @param earlier basis of an earlier gradient of the layer, [short, rank]
   * @param layer with the refresh, the key of the random columns
   * @param refresh number of the refresh
   */
  public Sketch sketch(
      Kernels kernels,
      NDManager owner,
      NDArray gradient,
      Optional<NDArray> earlier,
      String layer,
      int refresh) {
    long rows = gradient.getShape().get(0);
    long cols = gradient.getShape().get(1);
    long found = Math.min(columns, rows);
    Optional<NDArray> start = earlier.filter(basis -> warmStart && basis.getShape().get(1) < found);
    long length = start.isPresent() ? rows : cols;
    long random = found - start.map(basis -> basis.getShape().get(1)).orElse(0L);
    float[] normal =
        KeyedRandom.of(seed, "range-finder", layer, refresh)
            .normal(Math.toIntExact(length * random));
    double[] numbers = {powerIterations};
    try (Parameter gaussian =
        Parameter.of("gaussian", gradient.getManager(), normal, length, random)) {
      NDList results =
          start.isPresent()
              ? kernels.call(owner, "warm_sketch", gradient, start.get(), gaussian.value(), numbers)
              : kernels.call(owner, "sketch", gradient, gaussian.value(), numbers);
      return new Sketch(
          results.get(0),
          results.get(1).toFloatArray(),
          results.get(2),
          results.get(3).getDouble());
    }
  }
}
