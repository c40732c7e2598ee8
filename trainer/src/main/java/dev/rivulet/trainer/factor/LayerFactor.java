package dev.rivulet.trainer.factor;

import dev.rivulet.schemas.fold.Fold;
import dev.rivulet.schemas.fold.Rounding;
import java.util.Arrays;
import java.util.List;

/**
 * A low-rank factor of one layer: sealed, its weight has gained scale·L·R; open, its overlay is L,
 * R.
 *
 * @param layer name of the layer
 * @param refresh the refresh that opened it
 * @param scale s
 * @param left L, [in, rank]
 * @param right R, [rank, out]
 * @param rounding how the weight is rounded when the factor goes into it
 */
public record LayerFactor(
    String layer, int refresh, float scale, HostTensor left, HostTensor right, Rounding rounding) {

  /** Makes a factor that is rounded in to nearest. */
  public LayerFactor(String layer, int refresh, float scale, HostTensor left, HostTensor right) {
    this(layer, refresh, scale, left, right, Rounding.NEAREST);
  }

  /** Returns this factor, to be rounded in otherwise. */
  public LayerFactor withRounding(Rounding other) {
    return new LayerFactor(layer, refresh, scale, left, right, other);
  }

  /** Returns the rank. */
  public int rank() {
    return Math.toIntExact(right.shape().get(0));
  }

  /** Adds scale·L·R to a dense weight, [in, out], row-major, by the fold. */
  public void addTo(float[] weight) {
    Fold.add(weight, in(), out(), left.values(), right.values(), rank(), scale);
  }

  /** Returns the factor of the opposite sign. */
  public LayerFactor negated() {
    float[] values = left.values().clone();
    for (int i = 0; i < values.length; i++) {
      values[i] = -values[i];
    }
    HostTensor opposite = new HostTensor(left.name(), left.shape(), values);
    return new LayerFactor(layer, refresh, scale, opposite, right, rounding);
  }

  /**
   * Returns this factor with another one of the layer behind it, [L₁ | L₂]·[R₁; R₂]: to fold it is
   * to fold the first and then the second, but for the rounding in between; it is rounded in as the
   * first would be.
   */
  public LayerFactor and(LayerFactor next) {
    int rank = rank() + next.rank();
    float[] columns = new float[in() * rank];
    for (int row = 0; row < in(); row++) {
      System.arraycopy(left.values(), row * rank(), columns, row * rank, rank());
      System.arraycopy(
          next.left.values(), row * next.rank(), columns, row * rank + rank(), next.rank());
    }
    float[] rows = Arrays.copyOf(right.values(), rank * out());
    System.arraycopy(next.right.values(), 0, rows, rank() * out(), next.right.values().length);
    return new LayerFactor(
        layer,
        refresh,
        scale,
        new HostTensor(left.name(), List.of((long) in(), (long) rank), columns),
        new HostTensor(right.name(), List.of((long) rank, (long) out()), rows),
        rounding);
  }

  private int in() {
    return Math.toIntExact(left.shape().get(0));
  }

  private int out() {
    return Math.toIntExact(right.shape().get(1));
  }
}
