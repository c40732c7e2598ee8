package dev.rivulet.trainer.factor;

/**
 * A low-rank factor of one layer: sealed, its weight has gained scale·L·R; open, its overlay is L,
 * R.
 *
 * @param layer name of the layer
 * @param refresh the refresh that opened it
 * @param scale s
 * @param left L, [in, rank]
 * @param right R, [rank, out]
 */
public record LayerFactor(
    String layer, int refresh, float scale, HostTensor left, HostTensor right) {

  /** Returns the rank. */
  public int rank() {
    return Math.toIntExact(right.shape().get(0));
  }
}
