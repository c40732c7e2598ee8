package dev.rivulet.schemas.fold;

import java.util.stream.IntStream;

/**
 * The arithmetic that seals a low-rank overlay into a weight: the only code that ever changes a
 * base weight.
 *
 * <p>It is plain Java, in float32, and its order of operations is fixed: for each row i, for k = 0,
 * 1, …, rank-1: {@code W[i,:] = fma(scale·L[i,k], R[k,:], W[i,:])}, with {@code scale·L[i,k]}
 * rounded once. No sum crosses a row, so rows run in parallel and the result has the same bits for
 * any number of threads and on any machine.
 */
public final class Fold {
  /** Multiply-adds below which a second thread costs more than it gains. */
  private static final long PARALLEL_FROM = 1L << 20;

  private Fold() {}

  /**
   * Adds scale·L·R to W, in place.
   *
   * @param weight W, [in, out], row-major
   * @param in rows of W
   * @param out columns of W
   * @param left L, [in, rank], row-major
   * @param right R, [rank, out], row-major
   * @param rank of the overlay, may be 0
   * @param scale s
   * @throws IllegalArgumentException when a length does not fit the shapes
   */
  public static void add(
      float[] weight, int in, int out, float[] left, float[] right, int rank, float scale) {
    requireLength("weight", weight, in, out);
    requireLength("left factor", left, in, rank);
    requireLength("right factor", right, rank, out);
    IntStream rows = IntStream.range(0, in);
    if ((long) in * out * rank >= PARALLEL_FROM) {
      rows = rows.parallel();
    }
    rows.forEach(row -> addRow(weight, row, out, left, right, rank, scale));
  }

  private static void addRow(
      float[] weight, int row, int out, float[] left, float[] right, int rank, float scale) {
    int begin = row * out;
    for (int k = 0; k < rank; k++) {
      float factor = scale * left[row * rank + k];
      int from = k * out;
      for (int j = 0; j < out; j++) {
        weight[begin + j] = Math.fma(factor, right[from + j], weight[begin + j]);
      }
    }
  }

  private static void requireLength(String what, float[] values, int rows, int cols) {
    if (values.length != Math.multiplyExact(rows, cols)) {
      throw new IllegalArgumentException(
          "%s: %d values for shape [%d, %d]".formatted(what, values.length, rows, cols));
    }
  }
}
