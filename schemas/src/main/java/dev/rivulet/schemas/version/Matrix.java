package dev.rivulet.schemas.version;

import java.util.stream.IntStream;

/** The turn between a weight as files have it, [out, in], and as it is folded into, [in, out]. */
public final class Matrix {
  /** Rows and columns that are turned at a time, so that both sides stay in the cache. */
  private static final int TILE = 32;

  private static final int PARALLEL_FROM = 1 << 20;

  private Matrix() {}

  /** Returns the transpose of a matrix, both row-major. */
  public static float[] transposed(float[] values, int rows, int cols) {
    float[] turned = new float[values.length];
    IntStream bands = IntStream.range(0, (cols + TILE - 1) / TILE);
    (values.length < PARALLEL_FROM ? bands : bands.parallel())
        .forEach(band -> turn(values, rows, cols, band * TILE, turned));
    return turned;
  }

  /** Turns the columns from a given one on, as many as a tile has. */
  private static void turn(float[] values, int rows, int cols, int from, float[] turned) {
    int to = Math.min(from + TILE, cols);
    for (int top = 0; top < rows; top += TILE) {
      int bottom = Math.min(top + TILE, rows);
      for (int col = from; col < to; col++) {
        for (int row = top; row < bottom; row++) {
          turned[col * rows + row] = values[row * cols + col];
        }
      }
    }
  }
}
