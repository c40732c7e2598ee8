package dev.rivulet.schemas.tensor;

/** IEEE 754 binary16, the element type F16. */
final class Half {
  private Half() {}

  /** Returns the float of the same value; the payload of a NaN is kept. */
  static float toFloat(short half) {
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
}
