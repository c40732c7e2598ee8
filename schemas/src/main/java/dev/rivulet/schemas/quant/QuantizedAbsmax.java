package dev.rivulet.schemas.quant;

import java.util.Arrays;

/**
 * The absmax values of an NF4 tensor in 8 bits each: double quantisation (Dettmers et al., "QLoRA",
 * 2023, arXiv 2305.14314).
 *
 * <p>The mean is subtracted; a block of {@value #BLOCK} keeps its largest magnitude in float32, and
 * per value the nearest code of the signed dynamic map. It saves 0.37 bits per value of the tensor
 * and costs exactness: a tensor that is quantised again need not give the same bits. A mean that is
 * not finite (the tensor has a NaN) makes every value NaN.
 *
 * <pre>{@code
 * Nf4Tensor weight = Nf4.quantize(values);
 * QuantizedAbsmax absmax = QuantizedAbsmax.of(weight.absmax());
 * Nf4Tensor again = new Nf4Tensor(weight.codes(), absmax.dequantize(), weight.length());
 * }</pre>
 *
 * @param codes one per value
 * @param maxima per block, the largest distance from the mean
 * @param mean of all values, 0 when there is none
 */
public record QuantizedAbsmax(byte[] codes, float[] maxima, float mean) {
  /** Values that share one maximum. */
  public static final int BLOCK = 256;

  /** Bytes per value of a tensor in NF4 whose absmax are kept so (4.127 bits). */
  public static final double BYTES_PER_VALUE = 0.5 + (1 + (double) Float.BYTES / BLOCK) / Nf4.BLOCK;

  /** Checks that there is a maximum for every block. */
  public QuantizedAbsmax {
    if (maxima.length != blocks(codes.length)) {
      throw new IllegalArgumentException(
          "%d absmax codes are %d blocks, not %d"
              .formatted(codes.length, blocks(codes.length), maxima.length));
    }
  }

  /**
   * Quantises absmax values.
   *
   * @param absmax at least 0, or NaN
   */
  public static QuantizedAbsmax of(float[] absmax) {
    float mean = mean(absmax);
    byte[] codes = new byte[absmax.length];
    float[] maxima = new float[blocks(absmax.length)];
    for (int block = 0; block < maxima.length; block++) {
      int from = block * BLOCK;
      int to = Math.min(from + BLOCK, absmax.length);
      float max = 0;
      for (int i = from; i < to; i++) {
        max = Math.max(max, Math.abs(absmax[i] - mean));
      }
      maxima[block] = max;
      for (int i = from; i < to; i++) {
        codes[i] = DynamicMap.code(max > 0 ? (absmax[i] - mean) / max : 0);
      }
    }
    return new QuantizedAbsmax(codes, maxima, mean);
  }

  /** Returns the absmax values; what rounding took below 0 is 0. */
  public float[] dequantize() {
    float[] absmax = new float[codes.length];
    for (int i = 0; i < absmax.length; i++) {
      absmax[i] = Math.max(0, DynamicMap.value(codes[i]) * maxima[i / BLOCK] + mean);
    }
    return absmax;
  }

  /** Returns the maxima with the mean behind them, as {@link #of(byte[], float[])} takes them. */
  public float[] scales() {
    float[] scales = Arrays.copyOf(maxima, maxima.length + 1);
    scales[maxima.length] = mean;
    return scales;
  }

  /**
   * Puts codes and {@link #scales} together.
   *
   * @throws IllegalArgumentException when there is not a maximum for every block, and a mean
   */
  public static QuantizedAbsmax of(byte[] codes, float[] scales) {
    int blocks = scales.length - 1;
    return new QuantizedAbsmax(codes, Arrays.copyOf(scales, blocks), scales[blocks]);
  }

  /** Returns the bytes that codes, maxima and mean take. */
  public long bytes() {
    return codes.length + (long) Float.BYTES * (maxima.length + 1);
  }

  /** Returns the bytes that so many values of a tensor in NF4 take, with their absmax kept so. */
  public static long bytesOf(long values) {
    long blocks = (values + Nf4.BLOCK - 1) / Nf4.BLOCK;
    return (values + 1) / 2 + blocks + Float.BYTES * ((blocks + BLOCK - 1) / BLOCK + 1);
  }

  private static float mean(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    return values.length == 0 ? 0 : (float) (sum / values.length);
  }

  private static int blocks(int length) {
    return (int) (((long) length + BLOCK - 1) / BLOCK);
  }
}
