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
   * @param in rows of W
   * @param out columns of W
   * @param left L, [in, rank], row-major
   * @param right R, [rank, out], row-major
   * @param rank of the overlay, may be 0
   * @param scale s
   */
  public static void add(
      float[] weight, int in, int out, float[] left, float[] right, int rank, float scale) {
    Overlay overlay = new Overlay(in, out, left, right, rank, scale);
    Overlay.requireLength("weight", weight.length, in, out);
    overlay.pieces(groups(in)).forEach(group -> addRows(weight, overlay, group * Overlay.LINES));
  }

  /**
   * Adds scale·L·R to a weight in bfloat16: every element is rounded once, at the end.
   *
   * @param weight W, [in, out], row-major, as {@link Bfloat16} bits
   * @param in rows of W
   * @param out columns of W
   * @param left L, [in, rank], row-major
   * @param right R, [rank, out], row-major
   * @param rank of the overlay, may be 0
   * @param scale s
   * @param rounding of every element
   */
  public static void add(
      short[] weight,
      int in,
      int out,
      float[] left,
      float[] right,
      int rank,
      float scale,
      Rounding rounding) {
    Overlay overlay = new Overlay(in, out, left, right, rank, scale);
    Overlay.requireLength("weight", weight.length, in, out);
    overlay
        .pieces(groups(in))
        .forEach(group -> addRows(weight, overlay, group * Overlay.LINES, rounding));
  }

  /**
   * Adds scale·L·R to a weight in NF4: every block is dequantised, updated and quantised.
   *
   * @param weight W, [in, out], row-major
   * @param in rows of W
   * @param out columns of W
   * @param left L, [in, rank], row-major
   * @param right R, [rank, out], row-major
   * @param rank of the overlay, may be 0
   * @param scale s
   * @param rounding of every element, given its block's absmax after the update
   */
  public static void add(
      Nf4Tensor weight,
      int in,
      int out,
      float[] left,
      float[] right,
      int rank,
      float scale,
      Rounding rounding) {
    Overlay overlay = new Overlay(in, out, left, right, rank, scale);
    Overlay.requireLength("weight", weight.length(), in, out);
    long rows = (long) Overlay.LINES * out;
    long blocks = Math.max(SPAN, (rows + Nf4.BLOCK - 1) / Nf4.BLOCK * Nf4.BLOCK);
    int span = (int) Math.min(weight.length(), blocks);
    int spans = span == 0 ? 0 : (int) (((long) weight.length() + span - 1) / span);
    overlay.pieces(spans).forEach(piece -> addSpan(weight, overlay, piece * span, span, rounding));
  }

  private static int groups(int in) {
    return (in + Overlay.LINES - 1) / Overlay.LINES;
  }

  private static void addRows(float[] weight, Overlay overlay, int row) {
    int out = overlay.out();
    float[][] lines = new float[Math.min(Overlay.LINES, overlay.in() - row)][];
    for (int i = 0; i < lines.length; i++) {
      int begin = (row + i) * out;
      lines[i] = Arrays.copyOfRange(weight, begin, begin + out);
    }
    overlay.addTo(lines, row, 0, out);
    for (int i = 0; i < lines.length; i++) {
      System.arraycopy(lines[i], 0, weight, (row + i) * out, out);
    }
  }

  private static void addRows(short[] weight, Overlay overlay, int row, Rounding rounding) {
    int out = overlay.out();
    float[][] lines = new float[Math.min(Overlay.LINES, overlay.in() - row)][];
    for (int i = 0; i < lines.length; i++) {
      lines[i] = Bfloat16.fromBits(weight, (row + i) * out, out);
    }
    overlay.addTo(lines, row, 0, out);
    for (int i = 0; i < lines.length; i++) {
      rounding.narrow(lines[i], 0, weight, (row + i) * out, out);
    }
  }

  private static void addSpan(
      Nf4Tensor weight, Overlay overlay, int begin, int span, Rounding rounding) {
    int out = overlay.out();
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
    overlay.addTo(lines, row, from, to);
    for (int i = 0, at = 0; i < lines.length; i++) {
      int first = i == 0 ? from : 0;
      int columns = Math.min(out - first, count - at);
      System.arraycopy(lines[i], first, values, at, columns);
      at += columns;
    }
    rounding.quantize(values, 0, weight, begin, count);
  }
}
