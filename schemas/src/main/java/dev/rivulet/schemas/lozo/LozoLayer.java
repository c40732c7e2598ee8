package dev.rivulet.schemas.lozo;

import dev.rivulet.schemas.fold.LayerFactor;
import dev.rivulet.schemas.fold.LowRank;
import dev.rivulet.schemas.fold.Rounding;
import java.util.Arrays;

/**
 * What LOZO keeps of one layer: R of the open overlay V·R, and for LOZO-M the momentum.
 *
 * <p>The weights of this project are [in, out], the transposes of the paper's: its update U·Vᵀ of W
 * is V·Uᵀ here, and what it calls N is kept as Nᵀ.
 *
 * <p>All arithmetic is float32 with {@link Math#fma} in a fixed order, direction by direction; the
 * factors c and lr are made in float64 and rounded once. So the bits are the same on any machine.
 */
final class LozoLayer {
  private final String name;
  private final int in;
  private final int out;
  private final int rank;
  private final double momentum;
  private final float[] right; // R, [rank, out]
  private final float[] mean; // Nᵀ, [rank, out]; empty without momentum

  LozoLayer(LozoWeights.Layer layer, LozoSettings settings) {
    name = layer.name();
    in = layer.in();
    out = layer.out();
    rank = Math.min(settings.rank(), Math.min(in, out));
    momentum = settings.momentum();
    right = new float[rank * out];
    mean = new float[settings.hasMomentum() ? rank * out : 0];
  }

  String name() {
    return name;
  }

  int in() {
    return in;
  }

  int out() {
    return out;
  }

  int rank() {
    return rank;
  }

  float[] right() {
    return right;
  }

  float[] mean() {
    return mean;
  }

  /**
   * Takes a step: R ← R − lr·Σ c·Uᵀ/r, or with momentum N ← β·N + (1 − β)·Σ c·U and R ← R −
   * lr·Nᵀ/r.
   *
   * @param directions Uᵀ, [rank, out] each
   * @param coefficients c, one per direction
   * @param first whether it is the run's first: then N = Σ c·U
   */
  void advance(float[][] directions, float[] coefficients, double learningRate, boolean first) {
    if (mean.length == 0) {
      for (int k = 0; k < directions.length; k++) {
        add((float) (-learningRate * coefficients[k] / rank), directions[k], right);
      }
      return;
    }
    float decay = (float) momentum;
    for (int i = 0; i < mean.length; i++) {
      mean[i] *= decay;
    }
    for (int k = 0; k < directions.length; k++) {
      double share = first ? 1 : 1 - momentum;
      add((float) (share * coefficients[k]), directions[k], mean);
    }
    add((float) (-learningRate / rank), mean, right);
  }

  /** Returns the overlay as it is now, with a copy of R. */
  LowRank update(float[] basis) {
    return new LowRank(in, out, rank, 1, basis, right.clone());
  }

  /** Adds a multiple of a vector to another: y ← fma(a, x, y). */
  static void add(float factor, float[] values, float[] sums) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] = Math.fma(factor, values[i], sums[i]);
    }
  }

  /** Returns the overlay, and starts at R = 0. */
  LayerFactor close(float[] basis, int redraw, Rounding rounding) {
    LayerFactor factor = new LayerFactor(name, redraw, update(basis), rounding);
    Arrays.fill(right, 0);
    return factor;
  }

  /**
   * Carries the momentum over to a new V: N ← N·V_oldᵀ·V_new/n, where n is the input width.
   *
   * @param before V so far, [in, rank]
   * @param after V from now on, [in, rank]
   */
  void transport(float[] before, float[] after) {
    float[] carried = new float[mean.length];
    for (int j = 0; j < rank; j++) {
      for (int i = 0; i < rank; i++) {
        double overlap = 0;
        for (int row = 0; row < in; row++) {
          overlap = Math.fma((double) before[row * rank + i], after[row * rank + j], overlap);
        }
        add((float) (overlap / in), i, carried, j);
      }
    }
    System.arraycopy(carried, 0, mean, 0, mean.length);
  }

  /** Adds a multiple of row i of the momentum to row j of its successor. */
  private void add(float factor, int i, float[] carried, int j) {
    for (int column = 0; column < out; column++) {
      int at = j * out + column;
      carried[at] = Math.fma(factor, mean[i * out + column], carried[at]);
    }
  }
}
