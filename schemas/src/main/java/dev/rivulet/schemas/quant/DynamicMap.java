package dev.rivulet.schemas.quant;

import java.util.Arrays;

/**
 * The signed dynamic 8-bit map (Dettmers, "8-bit approximations for parallelism in deep learning",
 * ICLR 2016): 256 values in (-1, 1], whose resolution grows towards 0.
 *
 * <p>For i = 0 … 6 it has the 2^i middles of the equal parts of [0.1, 1], times 10^(i-6), with both
 * signs; and 0 and 1. Codes are in the order of the values.
 */
final class DynamicMap {
  private static final int DECADES = 7;
  private static final float[] VALUES = values();

  /** Between code i and i + 1. */
  private static final float[] BOUNDARIES = boundaries();

  private DynamicMap() {}

  /** Returns the value of a code. */
  static float value(byte code) {
    return VALUES[Byte.toUnsignedInt(code)];
  }

  /**
   * Returns the code of the nearest value, the lower one at a tie.
   *
   * @param value in [-1, 1]
   */
  static byte code(float value) {
    int found = Arrays.binarySearch(BOUNDARIES, value);
    return (byte) (found >= 0 ? found : -found - 1);
  }

  private static float[] values() {
    float[] values = new float[256];
    int count = 0;
    values[count++] = 0;
    values[count++] = 1;
    for (int i = 0; i < DECADES; i++) {
      int parts = 1 << i;
      for (int part = 0; part < parts; part++) {
        double middle = 0.1 + 0.9 * (part + 0.5) / parts;
        float value = (float) (middle * StrictMath.pow(10, i - (DECADES - 1)));
        values[count++] = value;
        values[count++] = -value;
      }
    }
    Arrays.sort(values);
    return values;
  }

  /** The largest floats that are nearer to the value below than to the one above, or at the tie. */
  private static float[] boundaries() {
    float[] boundaries = new float[VALUES.length - 1];
    for (int i = 0; i < boundaries.length; i++) {
      double middle = ((double) VALUES[i] + VALUES[i + 1]) / 2;
      float rounded = (float) middle;
      boundaries[i] = rounded > middle ? Math.nextDown(rounded) : rounded;
    }
    return boundaries;
  }
}
