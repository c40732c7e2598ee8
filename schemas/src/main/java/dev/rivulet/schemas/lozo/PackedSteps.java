package dev.rivulet.schemas.lozo;

import dev.rivulet.schemas.failure.DamageException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Consecutive zeroth-order steps as bytes: what a checkpoint of such a run carries in the place of
 * tensors.
 *
 * <p>All numbers are little-endian. A header of 24 bytes, and 20 + 4·K bytes a step, where K is the
 * number of coefficients of a step (1 for the central pair, else one per query):
 *
 * <pre>
 * offset  bytes
 * 0       4      the letters RVZ1
 * 4       4      int     K
 * 8       8      long    number n of steps
 * 16      8      long    number of the first step, from 1
 * 24      then for each of the n steps:
 * +0      8      long    key of its random directions; 0 where it was withheld
 * +8      8      double  its learning rate
 * +16     4      int     1: applied; 0: withheld
 * +20     4·K    float   its coefficients, in order; 0 where it was withheld
 * </pre>
 */
public final class PackedSteps {
  private static final byte[] MAGIC = {'R', 'V', 'Z', '1'};
  private static final int HEADER_BYTES = 24;
  private static final int STEP_BYTES = 20;

  private PackedSteps() {}

  /**
   * Packs steps.
   *
   * @param steps consecutive; may be empty
   * @param directions coefficients K of each step that was applied
   * @throws IllegalArgumentException when the steps are not consecutive, or one has another number
   *     of coefficients
   */
  public static byte[] pack(List<TakenStep> steps, int directions) {
    int stepBytes = STEP_BYTES + Float.BYTES * directions;
    ByteBuffer bytes =
        ByteBuffer.allocate(
                Math.addExact(HEADER_BYTES, Math.multiplyExact(stepBytes, steps.size())))
            .order(ByteOrder.LITTLE_ENDIAN);
    long first = steps.isEmpty() ? 1 : steps.get(0).step();
    bytes.put(MAGIC).putInt(directions).putLong(steps.size()).putLong(first);
    for (TakenStep step : steps) {
      long expected = first + (bytes.position() - HEADER_BYTES) / stepBytes;
      if (step.step() != expected) {
        throw new IllegalArgumentException(
            "found step %d, expected step %d".formatted(step.step(), expected));
      }
      put(step, directions, bytes);
    }
    return bytes.array();
  }

  private static void put(TakenStep step, int directions, ByteBuffer bytes) {
    float[] coefficients = step.scalars().coefficients();
    if (step.applied() && coefficients.length != directions) {
      throw new IllegalArgumentException(
          "step %d: %d coefficients for %d directions"
              .formatted(step.step(), coefficients.length, directions));
    }
    bytes.putLong(step.applied() ? step.scalars().key() : 0);
    bytes.putDouble(step.learningRate());
    bytes.putInt(step.applied() ? 1 : 0);
    for (int k = 0; k < directions; k++) {
      bytes.putFloat(step.applied() ? coefficients[k] : 0);
    }
  }

  /**
   * Unpacks steps.
   *
   * @throws DamageException when the bytes are not what {@link #pack} makes
   */
  public static List<TakenStep> unpack(byte[] packed) {
    ByteBuffer bytes = ByteBuffer.wrap(packed).order(ByteOrder.LITTLE_ENDIAN);
    if (packed.length < HEADER_BYTES || !Arrays.equals(packed, 0, 4, MAGIC, 0, 4)) {
      throw new DamageException(
          "%d bytes that do not begin as packed steps do".formatted(packed.length));
    }
    bytes.position(MAGIC.length);
    int directions = bytes.getInt();
    long count = bytes.getLong();
    long first = bytes.getLong();
    long stepBytes = STEP_BYTES + (long) Float.BYTES * directions;
    if (directions < 1
        || count < 0
        || first < 1
        || bytes.remaining() % stepBytes != 0
        || bytes.remaining() / stepBytes != count) {
      throw new DamageException(
          "%d bytes for %d steps of %d coefficients from step %d on"
              .formatted(packed.length, count, directions, first));
    }
    List<TakenStep> steps = new ArrayList<>();
    for (long step = first; step < first + count; step++) {
      steps.add(get(step, directions, bytes));
    }
    return steps;
  }

  private static TakenStep get(long step, int directions, ByteBuffer bytes) {
    long key = bytes.getLong();
    double learningRate = bytes.getDouble();
    int applied = bytes.getInt();
    if (applied != 0 && applied != 1) {
      throw new DamageException("step %d: mark %d, not 0 or 1".formatted(step, applied));
    }
    float[] coefficients = new float[directions];
    for (int k = 0; k < directions; k++) {
      coefficients[k] = bytes.getFloat();
    }
    return new TakenStep(step, learningRate, applied == 1, new StepScalars(key, coefficients));
  }
}
