package dev.rivulet.schemas.fold;

import java.util.Arrays;

/**
 * A low-rank update scale·L·R of a weight W, [in, out].
 *
 * <p>The arrays are not copied.
 *
 * @param in rows of W
 * @param out columns of W
 * @param rank columns of L and rows of R; 0 for an update that changes nothing
 * @param scale s
 * @param left L, [in, rank], row-major
 * @param right R, [rank, out], row-major
 */
public record LowRank(int in, int out, int rank, float scale, float[] left, float[] right) {

  /**
   * Checks the lengths.
   *
   * @throws IllegalArgumentException when the length of a factor does not fit its shape
   */
  public LowRank {
    requireLength("left factor", left.length, in, rank);
    requireLength("right factor", right.length, rank, out);
  }

  /** Returns the update of the opposite sign. */
  public LowRank negated() {
    float[] values = left.clone();
    for (int i = 0; i < values.length; i++) {
      values[i] = -values[i];
    }
    return new LowRank(in, out, rank, scale, values, right);
  }

  /**
   * Returns this update followed by another one, s·[L₁ | L₂]·[R₁; R₂]. To fold it is to fold the
   * first and then the second, except for the rounding in between.
   *
   * @throws IllegalArgumentException when the other update has another shape or scale
   */
  public LowRank and(LowRank next) {
    next.requireShape(in, out);
    if (next.scale != scale) {
      throw new IllegalArgumentException("scales %s and %s".formatted(scale, next.scale));
    }
    int sum = rank + next.rank;
    float[] columns = new float[in * sum];
    for (int row = 0; row < in; row++) {
      System.arraycopy(left, row * rank, columns, row * sum, rank);
      System.arraycopy(next.left, row * next.rank, columns, row * sum + rank, next.rank);
    }
    float[] rows = Arrays.copyOf(right, sum * out);
    System.arraycopy(next.right, 0, rows, rank * out, next.right.length);
    return new LowRank(in, out, sum, scale, columns, rows);
  }

  /**
   * Checks that the update is for a weight of a shape.
   *
   * @throws IllegalArgumentException when it is not
   */
  void requireShape(int rows, int columns) {
    if (in != rows || out != columns) {
      throw new IllegalArgumentException(
          "an update of shape [%d, %d] for a weight of shape [%d, %d]"
              .formatted(in, out, rows, columns));
    }
  }

  static void requireLength(String what, int length, int rows, int cols) {
    if (length != Math.multiplyExact(rows, cols)) {
      throw new IllegalArgumentException(
          "%s: %d values for shape [%d, %d]".formatted(what, length, rows, cols));
    }
  }
}
