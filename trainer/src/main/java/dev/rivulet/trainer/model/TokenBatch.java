package dev.rivulet.trainer.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.rivulet.schemas.codec.LittleEndian;
import dev.rivulet.schemas.record.Batch;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A batch on the engine's device.
 *
 * @param manager owns the tensors
 * @param ids token ids, [batch, length] int64
 * @param types token types, [batch, length] int64
 * @param mask 0 for tokens and -inf for padding, [batch, 1, 1, length] float32
 * @param labels class indices, [batch] int64
 * @param tokens tokens that are no padding
 */
public record TokenBatch(
    NDManager manager, NDArray ids, NDArray types, NDArray mask, NDArray labels, long tokens)
    implements AutoCloseable {

  /** Copies a classification batch to the device. */
  public static TokenBatch of(NDManager parent, Batch batch) {
    Shape shape = new Shape(batch.getRows(), batch.getLength());
    NDManager manager = parent.newSubManager();
    ByteBuffer attention = batch.getAttentionMask();
    float[] mask = new float[attention.remaining()];
    long tokens = 0;
    for (int i = 0; i < mask.length; i++) {
      boolean token = attention.get(attention.position() + i) != 0;
      mask[i] = token ? 0 : Float.NEGATIVE_INFINITY;
      tokens += token ? 1 : 0;
    }
    return new TokenBatch(
        manager,
        manager.create(longs(batch.getTokenIds()), shape),
        manager.create(types(batch), shape),
        manager.create(mask, new Shape(batch.getRows(), 1, 1, batch.getLength())),
        manager.create(longs(batch.getLabels()), new Shape(batch.getRows())),
        tokens);
  }

  private static long[] longs(ByteBuffer ints) {
    return Arrays.stream(LittleEndian.ints(ints)).asLongStream().toArray();
  }

  private static long[] types(Batch batch) {
    long[] types = new long[batch.getRows() * batch.getLength()];
    ByteBuffer bytes = batch.getTokenTypeIds();
    if (bytes != null) {
      for (int i = 0; i < types.length; i++) {
        types[i] = bytes.get(bytes.position() + i);
      }
    }
    return types;
  }

  @Override
  public void close() {
    manager.close();
  }
}
