package dev.rivulet.schemas.codec;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Little-endian bytes of number arrays, as batches and tensors carry them. */
public final class LittleEndian {
  private LittleEndian() {}

  /** Returns 4 bytes per value. */
  public static byte[] bytes(float[] values) {
    return bytes(values, 0, values.length);
  }

  /** Returns 4 bytes per value, of some values from an index on. */
  public static byte[] bytes(float[] values, int from, int count) {
    byte[] bytes = new byte[Math.multiplyExact(count, 4)];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values, from, count);
    return bytes;
  }

  /** Returns 4 bytes per value. */
  public static byte[] bytes(int[] values) {
    byte[] bytes = new byte[Math.multiplyExact(values.length, 4)];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().put(values);
    return bytes;
  }

  /** Returns one value per 4 remaining bytes; the buffer's position stays. */
  public static float[] floats(ByteBuffer bytes) {
    float[] values = new float[count(bytes)];
    bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    return values;
  }

  /** Returns one value per 4 remaining bytes; the buffer's position stays. */
  public static int[] ints(ByteBuffer bytes) {
    int[] values = new int[count(bytes)];
    bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(values);
    return values;
  }

  private static int count(ByteBuffer bytes) {
    if (bytes.remaining() % 4 != 0) {
      throw new IllegalArgumentException(
          bytes.remaining() + " bytes are not a whole number of 4-byte values");
    }
    return bytes.remaining() / 4;
  }
}
