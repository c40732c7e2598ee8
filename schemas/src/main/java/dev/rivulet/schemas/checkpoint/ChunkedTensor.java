package dev.rivulet.schemas.checkpoint;

import dev.rivulet.schemas.codec.Digests;
import dev.rivulet.schemas.codec.LittleEndian;
import dev.rivulet.schemas.record.ChunkRef;
import dev.rivulet.schemas.record.DType;
import dev.rivulet.schemas.record.TensorRef;
import java.util.Arrays;
import java.util.List;

/**
 * A tensor as the chunks that the log has it in. Each chunk is made when it is asked for, so that
 * no second copy of the whole is needed.
 */
public final class ChunkedTensor {
  /** Data bytes of a chunk: fits the default limits of brokers and clients, and is fast. */
  public static final int CHUNK_BYTES = 900_000;

  private interface Bytes {
    byte[] range(int from, int size);
  }

  private final String name;
  private final DType dtype;
  private final List<Long> shape;
  private final int size;
  private final Bytes bytes;

  private ChunkedTensor(String name, DType dtype, List<Long> shape, int size, Bytes bytes) {
    this.name = name;
    this.dtype = dtype;
    this.shape = shape;
    this.size = size;
    this.bytes = bytes;
  }

  /**
   * Makes an F32 tensor.
   *
   * @param name unique in its checkpoint
   * @param shape outermost first
   * @param values row-major; must not change as long as chunks are asked for
   */
  public static ChunkedTensor of(String name, List<Long> shape, float[] values) {
    return new ChunkedTensor(
        name,
        DType.F32,
        shape,
        Math.multiplyExact(values.length, Float.BYTES),
        (from, size) -> LittleEndian.bytes(values, from / Float.BYTES, size / Float.BYTES));
  }

  /**
   * Makes a tensor of any type.
   *
   * @param name unique in its checkpoint
   * @param shape outermost first
   * @param bytes little-endian, row-major; must not change as long as chunks are asked for
   */
  public static ChunkedTensor of(String name, DType dtype, List<Long> shape, byte[] bytes) {
    return new ChunkedTensor(
        name,
        dtype,
        shape,
        bytes.length,
        (from, size) -> Arrays.copyOfRange(bytes, from, from + size));
  }

  String name() {
    return name;
  }

  DType dtype() {
    return dtype;
  }

  List<Long> shape() {
    return shape;
  }

  /** Returns how many chunks there are; at least one, which may be empty. */
  int chunks() {
    return Math.max(1, (size + CHUNK_BYTES - 1) / CHUNK_BYTES);
  }

  byte[] chunk(int index) {
    int from = index * CHUNK_BYTES;
    return bytes.range(from, Math.min(CHUNK_BYTES, size - from));
  }

  /**
   * Returns whether a tensor in the log is this one: name, type, shape and the SHA-256 of every
   * chunk. One that differs is told by its first chunk that does.
   */
  public boolean isAt(TensorRef ref) {
    List<ChunkRef> there = ref.getChunks();
    if (!ref.getName().equals(name)
        || ref.getDtype() != dtype
        || !ref.getShape().equals(shape)
        || there.size() != chunks()) {
      return false;
    }
    for (int index = 0; index < there.size(); index++) {
      byte[] chunk = chunk(index);
      if (there.get(index).getSize() != chunk.length
          || !there.get(index).getSha256().equals(Digests.sha256(chunk))) {
        return false;
      }
    }
    return true;
  }
}
