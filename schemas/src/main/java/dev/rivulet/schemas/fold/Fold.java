package dev.rivulet.schemas.fold;

import dev.rivulet.schemas.quant.Nf4;
import dev.rivulet.schemas.quant.Nf4Tensor;
import dev.rivulet.schemas.tensor.Bfloat16;
import java.util.Arrays;

/**
 * The arithmetic that seals a low-rank overlay into a weight. No other code changes a base weight.
 *
 * <p>It is plain Java in float32 with a fixed order of operations: for each row i, for k = 0, 1, …,
 * rank-1: {@code W[i,:] = fma(scale·L[i,k], R[k,:], W[i,:])}, with {@code scale·L[i,k]} rounded
 * once. A weight in fewer bits is widened, updated in this way and rounded once with a {@link
 * Rounding}, one piece at a time, so that no full float32 copy exists. Each element is computed
 * independently. Pieces therefore run in parallel, and the result has the same bits for any number
 * of threads and on any machine.
 *
 * <p>All methods add scale·L·R to W in place; with rank 0 they change nothing. They throw {@link
 * IllegalArgumentException} when a length does not match the shapes, before they change W.
 */
public final class Fold {
  /** Least number of NF4 values that are widened at a time; a multiple of the block. */
  private static final int SPAN = 32 * Nf4.BLOCK;

  private Fold() {}

  /**
   * Adds scale·L·R to a weight in float32.
   *
   * @param weight W, [in, out], row-major
   */
  public static void add(float[] weight, LowRank update) {
    LowRank.requireLength("weight", weight.length, update.in(), update.out());
    FoldKernel kernel = new FoldKernel(update);
    kernel
        .pieces(groups(update.in()))
        .forEach(group -> addRows(weight, kernel, group * FoldKernel.LINES));
  }

  /**
   * Adds scale·L·R to a weight in bfloat16: every element is rounded once, at the end.
   *
   * @param weight W, [in, out], row-major, as {@link Bfloat16} bits
   * @param rounding of every element
   */
  public static void add(short[] weight, LowRank update, Rounding rounding) {
    LowRank.requireLength("weight", weight.length, update.in(), update.out());
    FoldKernel kernel = new FoldKernel(update);
    kernel
        .pieces(groups(update.in()))
        .forEach(group -> addRows(weight, kernel, group * FoldKernel.LINES, rounding));
  }

  /**
   * Adds scale·L·R to a weight in NF4: every block is dequantised, updated and quantised.
   *
   * @param weight W, [in, out], row-major
   * @param rounding of every element, given its block's absmax after the update
   */
  public static void add(Nf4Tensor weight, LowRank update, Rounding rounding) {
    LowRank.requireLength("weight", weight.length(), update.in(), update.out());
    FoldKernel kernel = new FoldKernel(update);
    long rows = (long) FoldKernel.LINES * update.out();
    long blocks = Math.max(SPAN, (rows + Nf4.BLOCK - 1) / Nf4.BLOCK * Nf4.BLOCK);
    int span = (int) Math.min(weight.length(), blocks);
    int spans = span == 0 ? 0 : (int) (((long) weight.length() + span - 1) / span);
    kernel.pieces(spans).forEach(piece -> addSpan(weight, kernel, piece * span, span, rounding));
  }

  private static int groups(int in) {
    return (in + FoldKernel.LINES - 1) / FoldKernel.LINES;
  }

  private static void addRows(float[] weight, FoldKernel kernel, int row) {
    int out = kernel.out();
    float[][] lines = new float[Math.min(FoldKernel.LINES, kernel.in() - row)][];
    for (int i = 0; i < lines.length; i++) {
      int begin = (row + i) * out;
      lines[i] = Arrays.copyOfRange(weight, begin, begin + out);
    }
    kernel.addTo(lines, row, 0, out);
    for (int i = 0; i < lines.length; i++) {
      System.arraycopy(lines[i], 0, weight, (row + i) * out, out);
    }
  }

  private static void addRows(short[] weight, FoldKernel kernel, int row, Rounding rounding) {
    int out = kernel.out();
    float[][] lines = new float[Math.min(FoldKernel.LINES, kernel.in() - row)][];
    for (int i = 0; i < lines.length; i++) {
      lines[i] = Bfloat16.fromBits(weight, (row + i) * out, out);
    }
    kernel.addTo(lines, row, 0, out);
    for (int i = 0; i < lines.length; i++) {
      rounding.narrow(lines[i], 0, weight, (row + i) * out, out);
    }
  }

  private static void addSpan(
      Nf4Tensor weight, FoldKernel kernel, int begin, int span, Rounding rounding) {
    int out = kernel.out();
    int count = Math.min(span, weight.length() - begin);
    float[] values = new float[count];
    Nf4.dequantize(weight, begin, values, 0, count);
    // The rows of W that overlap the span.
    int row = begin / out;
    int from = begin % out;
    int last = (begin + count - 1) / out;
    int to = (begin + count - 1) % out + 1;
    float[][] lines = new float[last - row + 1][out];
    for (int i = 0, at = 0; i < lines.length; i++) {
      int first = i == 0 ? from : 0;
      int columns = Math.min(out - first, count - at);
      System.arraycopy(values, at, lines[i], first, columns);
      at += columns;
    }
    kernel.addTo(lines, row, from, to);
    for (int i = 0, at = 0; i < lines.length; i++) {
      int first = i == 0 ? from : 0;
      int columns = Math.min(out - first, count - at);
      System.arraycopy(lines[i], first, values, at, columns);
      at += columns;
    }
    rounding.quantize(values, 0, weight, begin, count);
  }
}
