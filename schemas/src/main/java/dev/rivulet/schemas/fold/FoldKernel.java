package dev.rivulet.schemas.fold;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The inner loops of the fold: add rows of a low-rank update to rows of a weight.
 *
 * <p>Each row of R is a separate array, so that the inner loops read and write at the same index:
 * with an offset between the two, Java 17 does not vectorise them.
 */
final class FoldKernel {
  /** Multiply-adds from which on parallel execution pays off. */
  private static final long PARALLEL_FROM = 1L << 20;

  /** Rows of the weight that are processed together. */
  static final int LINES = 4;

  /** Columns that are processed together: four rows of R of this width fit into an L1 cache. */
  private static final int TILE = 1024;

  private final int in;
  private final int out;
  private final float[] left; // [in, rank]
  private final float[][] right; // [rank][out]
  private final int rank;
  private final float scale;

  FoldKernel(LowRank update) {
    in = update.in();
    out = update.out();
    left = update.left();
    rank = update.rank();
    scale = update.scale();
    right = new float[rank][];
    Arrays.setAll(right, k -> Arrays.copyOfRange(update.right(), k * out, (k + 1) * out));
  }

  int in() {
    return in;
  }

  int out() {
    return out;
  }

  /**
   * Returns the indices of the pieces of a weight, in parallel if it is large; none with rank 0.
   */
  IntStream pieces(int count) {
    IntStream pieces = IntStream.range(0, rank == 0 ? 0 : count);
    return (long) in * out * rank >= PARALLEL_FROM ? pieces.parallel() : pieces;
  }

  /**
   * Adds consecutive rows of the update to lines of a weight.
   *
   * @param lines consecutive rows of the weight, each [out]; values outside the range are ignored
   * @param row index of the first line in the weight
   * @param from first column of the first line; the other lines start at 0
   * @param to end column of the last line, exclusive; the other lines end at {@code out}
   */
  void addTo(float[][] lines, int row, int from, int to) {
    for (int begin = 0; begin < out; begin += TILE) {
      int end = Math.min(out, begin + TILE);
      int k = 0;
      // Four rows of R are used for all lines while they are in the cache.
      for (; k + 4 <= rank; k += 4) {
        for (int i = 0; i < lines.length; i++) {
          int first = i == 0 ? Math.max(begin, from) : begin;
          int last = i == lines.length - 1 ? Math.min(end, to) : end;
          addFour(lines[i], row + i, k, first, last);
        }
      }
      for (; k < rank; k++) {
        for (int i = 0; i < lines.length; i++) {
          int first = i == 0 ? Math.max(begin, from) : begin;
          int last = i == lines.length - 1 ? Math.min(end, to) : end;
          addOne(lines[i], row + i, k, first, last);
        }
      }
    }
  }

  private void addOne(float[] line, int row, int k, int from, int to) {
    float factor = scale * left[row * rank + k];
    float[] values = right[k];
    for (int j = from; j < to; j++) {
      line[j] = Math.fma(factor, values[j], line[j]);
    }
  }

  /** Like {@link #addOne} for k to k + 3, with one store per element instead of four. */
  private void addFour(float[] line, int row, int k, int from, int to) {
    int at = row * rank + k;
    float factor0 = scale * left[at];
    float factor1 = scale * left[at + 1];
    float factor2 = scale * left[at + 2];
    float factor3 = scale * left[at + 3];
    float[] values0 = right[k];
    float[] values1 = right[k + 1];
    float[] values2 = right[k + 2];
    float[] values3 = right[k + 3];
    for (int j = from; j < to; j++) {
      float sum = Math.fma(factor0, values0[j], line[j]);
      sum = Math.fma(factor1, values1[j], sum);
      sum = Math.fma(factor2, values2[j], sum);
      line[j] = Math.fma(factor3, values3[j], sum);
    }
  }
}
