package dev.rivulet.schemas.tensor;

/**
 * The 16-bit brain float, the element type BF16: a float32 without its lower 16 bits.
 *
 * <p>Narrowing rounds to the nearest value, to the even one at a tie, and what lies beyond the
 * largest finite value becomes infinity, as IEEE 754 has it. Every NaN becomes the same one
 * (0x7fc0), for what else a NaN carries differs between machines. Widening is exact.
 */
public final class Bfloat16 {
  private static final short NAN = 0x7fc0;

  private Bfloat16() {}

  /** Returns the bits of the nearest value. */
  public static short toBits(float value) {
    int bits = Float.floatToRawIntBits(value);
    int even = bits >>> 16 & 1;
    // A carry out of the fraction goes into the exponent, and at last to infinity.
    short rounded = (short) ((bits + 0x7fff + even) >>> 16);
    return Float.isNaN(value) ? NAN : rounded;
  }

  /**
   * Returns the bits of one of the two neighbours of a value, the farther one of them by the chance
   * of its nearness: over uniform random bits, the mean is the value. One that 16 bits hold stays.
   *
   * @param random of which the high 16 bits are used
   */
  public static short toBits(float value, int random) {
    short rounded = (short) ((Float.floatToRawIntBits(value) + (random >>> 16)) >>> 16);
    return Float.isNaN(value) ? NAN : rounded;
  }

  /** Returns the value of some bits. */
  public static float fromBits(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /** Returns the nearest value that 16 bits hold. */
  public static float round(float value) {
    return fromBits(toBits(value));
  }

  /** Returns the bits of the nearest values. */
  public static short[] toBits(float[] values) {
    short[] bits = new short[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = toBits(values[i]);
    }
    return bits;
  }

  /** Returns the values of some bits. */
  public static float[] fromBits(short[] bits) {
    return fromBits(bits, 0, bits.length);
  }

  /** Returns the values of {@code count} bits from {@code begin} on. */
  public static float[] fromBits(short[] bits, int begin, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = fromBits(bits[begin + i]);
    }
    return values;
  }

  /** Rounds values to the nearest that 16 bits hold, in place. */
  public static void round(float[] values) {
    for (int i = 0; i < values.length; i++) {
      values[i] = round(values[i]);
    }
  }
}
