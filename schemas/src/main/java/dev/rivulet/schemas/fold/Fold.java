package dev.rivulet.schemas.fold;

import java.util.Arrays;

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
    Overlay overlay = new Overlay(in, out, left, right, rank, scale);
    Overlay.requireLength("weight", weight.length, in, out);
    overlay.pieces(in).forEach(row -> addRow(weight, overlay, row));
  }

  private static void addRow(float[] weight, Overlay overlay, int row) {
    int out = overlay.out();
    int begin = row * out;
    float[] line = Arrays.copyOfRange(weight, begin, begin + out);
    overlay.addTo(line, row, 0, out);
    System.arraycopy(line, 0, weight, begin, out);
  }
}
