package dev.rivulet.schemas.quant;

import java.util.Arrays;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * The 4-bit NormalFloat codec (Dettmers et al., "QLoRA", 2023, arXiv 2305.14314).
 *
 * <p>The values of a row-major array are cut into blocks of {@value #BLOCK}, whatever its shape;
 * the last block may be shorter. A block keeps a, its largest magnitude, in float32, and per value
 * x the code of the level nearest to x/a, the lower one at a tie; x/a is rounded to float32 first.
 * The {@value #LEVEL_COUNT} levels are quantiles of the normal distribution. The error is at most
 * 0.1519·a.
 *
 * <p>Quantising what was dequantised gives the same bits again, unless a is subnormal. A block of
 * zeros gives zeros. A block with a NaN or an infinity becomes NaN as a whole, so that the damage
 * stays visible. Blocks do not depend on each other: large arrays are worked on in parallel, and
 * the bits are the same for any number of threads and on any machine.
 */
public final class Nf4 {
  /** Values that share one absmax. */
  public static final int BLOCK = 64;

  /** Bytes per value: 4 bits of code, and its share of a float32 absmax (4.5 bits). */
  public static final double BYTES_PER_VALUE = 0.5 + (double) Float.BYTES / BLOCK;

  static final int LEVEL_COUNT = 16;

  /** Two codes of the level 0. */
  static final byte ZEROS = 0x77;

  private static final float[] LEVELS = {
    -1f, -0.6961928f, -0.52507305f, -0.3949175f,
    -0.28444138f, -0.18477343f, -0.091050036f, 0f,
    0.0795803f, 0.1609302f, 0.2461123f, 0.33791524f,
    0.44070983f, 0.562617f, 0.72295684f, 1f,
  };

  /*
   * The nearest code by one look-up and one comparison. [-1, 1] is cut into cells of 1/16, less
   * than the distance between any two boundaries, so that a cell holds one boundary at most.
   * BELOW has the code left of it and BOUNDARY the boundary: the next one to the right when the
   * cell has none. No boundary lies within 1/1024 of a cell's edge, so rounding that moves a value
   * over an edge changes nothing.
   */
  private static final int CELLS_PER_UNIT = 16;
  private static final byte[] BELOW = new byte[2 * CELLS_PER_UNIT + 1];
  private static final float[] BOUNDARY = new float[2 * CELLS_PER_UNIT + 1];

  static {
    for (int cell = 0; cell < BELOW.length; cell++) {
      double edge = (double) cell / CELLS_PER_UNIT - 1;
      int code = 0;
      while (code < LEVEL_COUNT - 1 && midpoint(code) < edge) {
        code++;
      }
      BELOW[cell] = (byte) code;
      BOUNDARY[cell] = boundary(code);
    }
  }

  /*
   * The level below, likewise: the cells are shifted by half a cell, so that no level lies within
   * 1/400 of an edge, and a cell holds one level at most. NEXT has the code of the level in the cell
   * or else to the right of it, and PER_GAP 1 over the distance from a level to the next one.
   */
  private static final byte[] NEXT = new byte[2 * CELLS_PER_UNIT + 1];
  private static final double[] PER_GAP = new double[LEVEL_COUNT];

  static {
    for (int cell = 0; cell < NEXT.length; cell++) {
      double edge = (cell - 0.5) / CELLS_PER_UNIT - 1;
      int code = 0;
      while (LEVELS[code] < edge) {
        code++;
      }
      NEXT[cell] = (byte) code;
    }
    for (int code = 0; code < LEVEL_COUNT - 1; code++) {
      PER_GAP[code] = 1 / ((double) LEVELS[code + 1] - LEVELS[code]);
    }
  }

  private static final int MAGNITUDE_BITS = 0x7fff_ffff;
  private static final int INFINITY_BITS = 0x7f80_0000;

  /** Values that one task takes: whole blocks. */
  private static final int SPAN = 256 * BLOCK;

  private Nf4() {}

  /** Returns the level of a code, 0 to 15, in [-1, 1]. */
  public static float level(int code) {
    return LEVELS[code];
  }

  /** Returns values in NF4. */
  public static Nf4Tensor quantize(float[] values) {
    Nf4Tensor tensor = Nf4Tensor.zeros(values.length);
    forEachSpan(values.length, (begin, count) -> quantize(values, begin, tensor, begin, count));
    return tensor;
  }

  /** Returns the values of a tensor. */
  public static float[] dequantize(Nf4Tensor tensor) {
    float[] values = new float[tensor.length()];
    forEachSpan(values.length, (begin, count) -> dequantize(tensor, begin, values, begin, count));
    return values;
  }

  /**
   * Quantises some blocks into a tensor.
   *
   * @param values the values to take, from {@code at} on
   * @param begin first value of the tensor that is written: a multiple of {@value #BLOCK}
   * @param count values: whole blocks, but for the last one of the tensor
   * @throws IllegalArgumentException when the range does not consist of blocks
   * @throws IndexOutOfBoundsException when it exceeds the values or the tensor
   */
  public static void quantize(float[] values, int at, Nf4Tensor tensor, int begin, int count) {
    requireBlocks(values, at, tensor, begin, count);
    for (int done = 0; done < count; done += BLOCK) {
      quantizeBlock(values, at + done, tensor, begin + done, Math.min(BLOCK, count - done));
    }
  }

  /**
   * Quantises some blocks into a tensor, stochastically: the code of a value x is that of the level
   * below x/a or of the one above, with the odds of its distance from them. So the mean over random
   * bits is x, as exactly as x/a is rounded. The absmax a is not random: it is that of the values
   * as they are given, and the value of the largest magnitude keeps its code, like every value that
   * is a level.
   *
   * @param values the values to take, from {@code at} on
   * @param begin first value of the tensor that is written: a multiple of {@value #BLOCK}
   * @param count values: whole blocks, but for the last one of the tensor
   * @param random 32 uniform bits a value, from index 0 on
   * @throws IllegalArgumentException when the range does not consist of blocks
   * @throws IndexOutOfBoundsException when it exceeds the values, the tensor or the bits
   */
  public static void quantize(
      float[] values, int at, Nf4Tensor tensor, int begin, int count, int[] random) {
    requireBlocks(values, at, tensor, begin, count);
    Objects.checkFromIndexSize(0, count, random.length);
    for (int done = 0; done < count; done += BLOCK) {
      quantizeBlock(
          values, at + done, tensor, begin + done, Math.min(BLOCK, count - done), random, done);
    }
  }

  /**
   * Dequantises some blocks of a tensor.
   *
   * @param begin first value of the tensor that is read: a multiple of {@value #BLOCK}
   * @param values gets the values, from {@code at} on
   * @param count values: whole blocks, but for the last one of the tensor
   * @throws IllegalArgumentException when the range does not consist of blocks
   * @throws IndexOutOfBoundsException when it exceeds the values or the tensor
   */
  public static void dequantize(Nf4Tensor tensor, int begin, float[] values, int at, int count) {
    requireBlocks(values, at, tensor, begin, count);
    for (int done = 0; done < count; done += BLOCK) {
      dequantizeBlock(tensor, begin + done, values, at + done, Math.min(BLOCK, count - done));
    }
  }

  private static void quantizeBlock(
      float[] values, int at, Nf4Tensor tensor, int begin, int count) {
    byte[] codes = tensor.codes();
    int to = begin / 2;
    float absmax = absmax(values, at, count);
    tensor.absmax()[begin / BLOCK] = absmax;
    if (!(absmax > 0)) {
      Arrays.fill(codes, to, to + (count + 1) / 2, ZEROS);
      return;
    }
    for (int i = 0; i < count / 2; i++) {
      int high = code(values[at + 2 * i] / absmax);
      int low = code(values[at + 2 * i + 1] / absmax);
      codes[to + i] = (byte) (high << 4 | low);
    }
    if (count % 2 == 1) {
      codes[to + count / 2] = (byte) (code(values[at + count - 1] / absmax) << 4 | (ZEROS & 0xf));
    }
  }

  private static void quantizeBlock(
      float[] values, int at, Nf4Tensor tensor, int begin, int count, int[] random, int from) {
    byte[] codes = tensor.codes();
    int to = begin / 2;
    float absmax = absmax(values, at, count);
    tensor.absmax()[begin / BLOCK] = absmax;
    if (!(absmax > 0)) {
      Arrays.fill(codes, to, to + (count + 1) / 2, ZEROS);
      return;
    }
    for (int i = 0; i < count / 2; i++) {
      int high = code(values[at + 2 * i] / absmax, random[from + 2 * i]);
      int low = code(values[at + 2 * i + 1] / absmax, random[from + 2 * i + 1]);
      codes[to + i] = (byte) (high << 4 | low);
    }
    if (count % 2 == 1) {
      int high = code(values[at + count - 1] / absmax, random[from + count - 1]);
      codes[to + count / 2] = (byte) (high << 4 | (ZEROS & 0xf));
    }
  }

  private static void dequantizeBlock(
      Nf4Tensor tensor, int begin, float[] values, int at, int count) {
    byte[] codes = tensor.codes();
    int from = begin / 2;
    float absmax = tensor.absmax()[begin / BLOCK];
    for (int i = 0; i < count / 2; i++) {
      int pair = codes[from + i];
      values[at + 2 * i] = LEVELS[pair >> 4 & 0xf] * absmax;
      values[at + 2 * i + 1] = LEVELS[pair & 0xf] * absmax;
    }
    if (count % 2 == 1) {
      values[at + count - 1] = LEVELS[codes[from + count / 2] >> 4 & 0xf] * absmax;
    }
  }

  /** Returns the largest magnitude, or the canonical NaN when a value is not finite. */
  private static float absmax(float[] values, int at, int count) {
    // Magnitudes are in the order of their bits, and NaN comes after infinity.
    int bits = 0;
    for (int i = at; i < at + count; i++) {
      bits = Math.max(bits, Float.floatToRawIntBits(values[i]) & MAGNITUDE_BITS);
    }
    return bits < INFINITY_BITS ? Float.intBitsToFloat(bits) : Float.NaN;
  }

  /**
   * Returns the code of the nearest level.
   *
   * @param value in [-1, 1]
   */
  static int code(float value) {
    int cell = (int) (value * CELLS_PER_UNIT + CELLS_PER_UNIT);
    // The sign of the difference is 1 where the value is above the boundary: no branch.
    return BELOW[cell] + (Float.floatToRawIntBits(BOUNDARY[cell] - value) >>> 31);
  }

  /**
   * Returns the code of the level below, or of the one above.
   *
   * @param value in [-1, 1]
   * @param random 32 uniform bits
   */
  static int code(float value, int random) {
    int next = NEXT[(int) (value * CELLS_PER_UNIT + (CELLS_PER_UNIT + 0.5f))];
    // Signs instead of branches, as above; adding 0 makes a zero's sign positive.
    int below = next - (Float.floatToRawIntBits(value - LEVELS[next] + 0f) >>> 31);
    long share = (long) (((double) value - LEVELS[below]) * PER_GAP[below] * 0x1p32);
    return below + (int) ((Integer.toUnsignedLong(random) - share) >>> 63);
  }

  /** Returns the middle between a level and the next one, exactly. */
  private static double midpoint(int code) {
    return ((double) LEVELS[code] + LEVELS[code + 1]) / 2;
  }

  /** Returns the largest float that is nearer to a level than to the next one, or at the tie. */
  private static float boundary(int code) {
    if (code == LEVEL_COUNT - 1) {
      return Float.POSITIVE_INFINITY;
    }
    float rounded = (float) midpoint(code);
    return rounded > midpoint(code) ? Math.nextDown(rounded) : rounded;
  }

  /** Something that is done to a part of an array. */
  @FunctionalInterface
  public interface SpanWork {
    /**
     * Does it.
     *
     * @param begin first value: a multiple of {@value #BLOCK}
     * @param count values: whole blocks, but for the last ones of the array
     */
    void accept(int begin, int count);
  }

  /** Does something to all of an array, part by part, those of a large one in parallel. */
  public static void forEachSpan(int length, SpanWork work) {
    IntStream spans = IntStream.range(0, (int) (((long) length + SPAN - 1) / SPAN));
    (length > 2 * SPAN ? spans.parallel() : spans)
        .forEach(span -> work.accept(span * SPAN, Math.min(SPAN, length - span * SPAN)));
  }

  private static void requireBlocks(
      float[] values, int at, Nf4Tensor tensor, int begin, int count) {
    Objects.checkFromIndexSize(at, count, values.length);
    Objects.checkFromIndexSize(begin, count, tensor.length());
    boolean whole = count % BLOCK == 0 || begin + count == tensor.length();
    if (begin % BLOCK != 0 || !whole) {
      throw new IllegalArgumentException(
          "%d values from %d on are not blocks of %d of the %d values"
              .formatted(count, begin, BLOCK, tensor.length()));
    }
  }
}
