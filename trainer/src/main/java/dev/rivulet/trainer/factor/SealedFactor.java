package dev.rivulet.trainer.factor;

/**
 * A factor as it was sealed: the weight of a layer gained scale·L·R.
 *
 * @param layer name of the layer
 * @param refresh the refresh that opened it
 * @param scale s
 * @param in rows of L
 * @param out columns of R
 * @param rank columns of L, rows of R
 * @param left L, [in, rank], row-major
 * @param right R, [rank, out], row-major
 */
public record SealedFactor(
    String layer,
    int refresh,
    float scale,
    int in,
    int out,
    int rank,
    float[] left,
    float[] right) {}
