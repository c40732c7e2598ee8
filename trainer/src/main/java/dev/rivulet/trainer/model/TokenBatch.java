package dev.rivulet.trainer.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.rivulet.schemas.codec.LittleEndian;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.record.Task;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * A batch on the engine's device.
 *
 * @param manager owns the tensors
 * @param task what the labels mean
 * @param inputs token ids and token types, both [rows, length] int64
 * @param layout mask, 0 for tokens and -inf for padding, [rows, 1, 1, length] float32; places of
 *     the tokens in the rows laid end to end, [tokens] int64; and which of the tokens is the first
 *     of its row, [rows] int64
 * @param targets classes, [count] int64: of the rows, or for causal language modelling the next
 *     tokens; and then their positions in the rows laid end to end, [count] int64
 * @param classes the first of the targets, in Java
 * @param tokens tokens without padding
 */
public record TokenBatch(
    NDManager manager,
    Task task,
    List<NDArray> inputs,
    List<NDArray> layout,
    List<NDArray> targets,
    long[] classes,
    long tokens)
    implements AutoCloseable {
  /** The places in the layout. */
  static final int PLACES = 1;

  /** Copies a batch to the device. */
  public static TokenBatch of(NDManager parent, Batch batch) {
    Shape shape = new Shape(batch.getRows(), batch.getLength());
    NDManager manager = parent.newSubManager();
    long[] places = places(batch);
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
        layout(manager, places, batch.getRows(), batch.getLength()),
        targets.stream().map(manager::create).toList(),
        targets.get(0),
        places.length);
  }

  /**
   * Returns one sequence of a causal model whose only target is the token after it; which one that
   * is, is not known.
   *
   * @param ids token ids, at least one
   */
  static TokenBatch sequence(NDManager parent, int[] ids) {
    if (ids.length == 0) {
      throw new UsageException("the prompt has no tokens: give at least one");
    }
    Shape shape = new Shape(1, ids.length);
    NDManager manager = parent.newSubManager();
    return new TokenBatch(
        manager,
        Task.CAUSAL_LM,
        List.of(
            manager.create(Arrays.stream(ids).asLongStream().toArray(), shape),
            manager.create(new long[ids.length], shape)),
        layout(manager, LongStream.range(0, ids.length).toArray(), 1, ids.length),
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

  /**
   * Returns where the tokens are in the rows laid end to end; a row has one at least, its first.
   */
  private static long[] places(Batch batch) {
    ByteBuffer mask = batch.getAttentionMask();
    return IntStream.range(0, mask.remaining())
        .filter(at -> at % batch.getLength() == 0 || mask.get(mask.position() + at) != 0)
        .asLongStream()
        .toArray();
  }

  private static List<NDArray> layout(NDManager manager, long[] places, int rows, int length) {
    float[] mask = new float[rows * length];
    Arrays.fill(mask, Float.NEGATIVE_INFINITY);
    long[] firsts = new long[rows];
    for (int token = 0; token < places.length; token++) {
      int place = Math.toIntExact(places[token]);
      mask[place] = 0;
      if (place % length == 0) {
        firsts[place / length] = token;
      }
    }
    return List.of(
        manager.create(mask, new Shape(rows, 1, 1, length)),
        manager.create(places),
        manager.create(firsts));
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
