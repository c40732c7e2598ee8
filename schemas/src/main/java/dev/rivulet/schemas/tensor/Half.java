package dev.rivulet.schemas.tensor;

/** IEEE 754 binary16, the element type F16. */
public final class Half {
  private Half() {}

  /** Returns the float of the same value; the payload of a NaN is kept. */
  public static float toFloat(short half) {
    int sign = (half & 0x8000) << 16;
    int exponent = (half >> 10) & 0x1f;
    int fraction = half & 0x3ff;
    if (exponent == 0) {
      // Zero and subnormals: fraction * 2^-24.
      return Float.intBitsToFloat(Float.floatToRawIntBits(fraction * 0x1p-24f) | sign);
    }
    int widened = exponent == 0x1f ? 0xff : exponent - 15 + 127;
    return Float.intBitsToFloat(sign | widened << 23 | fraction << 13);
  }

  /** Returns the nearest halves of some floats; of two that are as near, the even one. */
  public static short[] toBits(float[] values) {
    short[] bits = new short[values.length];
    for (int i = 0; i < values.length; i++) {
      bits[i] = toBits(values[i]);
    }
    return bits;
  }

  /** Returns the nearest half of a float; of two that are as near, the even one. */
  public static short toBits(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = (bits >>> 16) & 0x8000;
    int exponent = Math.getExponent(value);
    if (Float.isNaN(value)) {
      return (short) (sign | 0x7e00 | ((bits >>> 13) & 0x3ff));
    } else if (exponent > 15) {
      return (short) (sign | 0x7c00);
    }
    // In units of the last place; a carry into the next exponent is one into the next binade.
    int least = Math.max(exponent, -14);
    int units = (int) Math.rint(Math.scalb((double) Math.abs(value), 10 - least));
    return (short) (sign | (((least + 14) << 10) + units));
  }
}
