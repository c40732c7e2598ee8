package dev.rivulet.trainer.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.rivulet.schemas.codec.LittleEndian;
import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.record.Task;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A batch on the engine's device.
 *
 * @param manager owns the tensors
 * @param task what the labels mean
 * @param inputs token ids and token types, both [rows, length] int64
 * @param mask 0 for tokens and -inf for padding, [rows, 1, 1, length] float32
 * @param targets classes, [count] int64: of the rows, or for causal language modelling the next
 *     tokens; and then their positions in the rows laid end to end, [count] int64
 * @param classes the first of the targets, in Java
 * @param tokens tokens that are no padding
 */
public record TokenBatch(
    NDManager manager,
    Task task,
    List<NDArray> inputs,
    NDArray mask,
    List<NDArray> targets,
    long[] classes,
    long tokens)
    implements AutoCloseable {

  /** Copies a batch to the device. */
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
    int[] labels = LittleEndian.ints(batch.getLabels());
    List<long[]> targets =
        batch.getTask() == Task.CAUSAL_LM
            ? nextTokens(labels, batch.getLength())
            : List.of(Arrays.stream(labels).asLongStream().toArray());
    return new TokenBatch(
        manager,
        batch.getTask(),
        List.of(
            manager.create(longs(batch.getTokenIds()), shape), manager.create(types(batch), shape)),
        manager.create(mask, new Shape(batch.getRows(), 1, 1, batch.getLength())),
        targets.stream().map(manager::create).toList(),
        targets.get(0),
        tokens);
  }

  /**
   * Returns one sequence of a causal model whose only target is the token after it; which one that
   * is, is not known.
   *
   * @param ids token ids, at least one
   */
  static TokenBatch sequence(NDManager parent, int[] ids) {
    if (ids.length == 0) {
      throw new IllegalArgumentException("no token to go on from: give one at least");
    }
    Shape shape = new Shape(1, ids.length);
    NDManager manager = parent.newSubManager();
    return new TokenBatch(
        manager,
        Task.CAUSAL_LM,
        List.of(
            manager.create(Arrays.stream(ids).asLongStream().toArray(), shape),
            manager.create(new long[ids.length], shape)),
        manager.create(new float[ids.length], new Shape(1, 1, 1, ids.length)),
        List.of(manager.create(new long[1]), manager.create(new long[] {ids.length - 1L})),
        new long[1],
        ids.length);
  }

  /** Returns the number of targets, over which the loss is a mean. */
  public long count() {
    return classes.length;
  }

  /** Returns the tokens per row, padding included. */
  int length() {
    return Math.toIntExact(inputs.get(0).getShape().get(1));
  }

  /**
   * Returns the labels that some position is to predict, and these positions: a label belongs to
   * the position before its own, and a negative one to none.
   */
  private static List<long[]> nextTokens(int[] labels, int length) {
    int[] positions =
        IntStream.range(0, labels.length)
            .filter(at -> at % length != length - 1 && labels[at + 1] >= 0)
            .toArray();
    return List.of(
        Arrays.stream(positions).mapToLong(at -> labels[at + 1]).toArray(),
        Arrays.stream(positions).asLongStream().toArray());
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
