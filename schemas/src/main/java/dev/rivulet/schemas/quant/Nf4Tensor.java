package dev.rivulet.schemas.quant;

import java.util.Arrays;

/**
 * The values of a tensor in NF4: 4 bits a value, and one float per block of {@value Nf4#BLOCK}.
 *
 * <p>Value i is {@code level(code i) · absmax[i / 64]}. The arrays are not copied: {@link Nf4} and
 * the fold write into them.
 *
 * @param codes two codes a byte, the even-numbered value's in the high four bits; after an odd
 *     number of values the low bits of the last byte hold the code of 0
 * @param absmax per block, the largest magnitude of its values: 0 when all are 0, NaN when one is
 *     not finite
 * @param length number of values
 */
public record Nf4Tensor(byte[] codes, float[] absmax, int length) {

  /** Checks that the arrays fit the number of values. */
  public Nf4Tensor {
    if (length < 0 || codes.length != codeBytes(length) || absmax.length != blocks(length)) {
      throw new IllegalArgumentException(
          "%d NF4 values take %d code bytes and %d blocks, not %d and %d"
              .formatted(length, codeBytes(length), blocks(length), codes.length, absmax.length));
    }
  }

  /** Returns a tensor of zeros. */
  public static Nf4Tensor zeros(int length) {
    byte[] codes = new byte[codeBytes(length)];
    Arrays.fill(codes, Nf4.ZEROS);
    return new Nf4Tensor(codes, new float[blocks(length)], length);
  }

  /** Returns the bytes that codes and absmax take. */
  public long bytes() {
    return codes.length + (long) Float.BYTES * absmax.length;
  }

  private static int codeBytes(int length) {
    return length / 2 + length % 2;
  }

  private static int blocks(int length) {
    return length / Nf4.BLOCK + (length % Nf4.BLOCK == 0 ? 0 : 1);
  }
}
