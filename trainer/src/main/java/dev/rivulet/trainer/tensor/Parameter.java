package dev.rivulet.trainer.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** A named tensor of a model, on the engine's device, mostly float32. It owns its value. */
public final class Parameter implements AutoCloseable {
  private final String name;
  private NDArray value;
  private int elementBytes = Float.BYTES;

  private Parameter(String name, NDArray value) {
    this.name = name;
    this.value = value;
  }

  /** Returns a parameter with a copy of some values. */
  public static Parameter of(String name, NDManager owner, float[] values, long... shape) {
    return new Parameter(name, copy(owner, values, shape));
  }

  /**
   * Returns a parameter with values that are put where it is to have them.
   *
   * @param values puts as many as the shape says
   */
  public static Parameter of(
      String name, NDManager owner, Consumer<FloatBuffer> values, long... shape) {
    return new Parameter(
        name,
        filled(owner, DataType.FLOAT32, shape, bytes -> values.accept(bytes.asFloatBuffer())));
  }

  private static NDArray copy(NDManager owner, float[] values, long... shape) {
    return filled(owner, DataType.FLOAT32, shape, bytes -> bytes.asFloatBuffer().put(values));
  }

  /**
   * Fills memory of the engine's own. What DJL makes of a Java array is a view of a Java buffer,
   * whose alignment differs from one process to the next, and with it the last bits of matrix
   * products; and which stays until the garbage collector comes by.
   */
  private static NDArray filled(
      NDManager owner, DataType type, long[] shape, Consumer<ByteBuffer> values) {
    NDArray tensor = owner.create(new Shape(shape), type);
    if (tensor.size() == 0) {
      return tensor;
    }
    if (!owner.getDevice().isGpu()) {
      values.accept(tensor.toByteBuffer(true));
      return tensor;
    }
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(Math.toIntExact(tensor.size() * type.getNumOfBytes()))
            .order(ByteOrder.nativeOrder());
    values.accept(bytes);
    tensor.set(bytes.rewind());
    return tensor;
  }

  /** Returns a parameter of zeros. */
  public static Parameter zeros(String name, NDManager owner, long... shape) {
    return new Parameter(name, owner.zeros(new Shape(shape)));
  }

  /** Returns the name: in a model, the name that Hugging Face files give the tensor. */
  public String name() {
    return name;
  }

  /** Returns the tensor; it may be changed in place, and stays this parameter's. */
  public NDArray value() {
    return value;
  }

  /** Replaces the tensor by a float32 one, which may change its shape, and frees the old one. */
  public void replace(NDArray newValue) {
    replace(newValue, Float.BYTES);
  }

  /**
   * Replaces the tensor by one of any type.
   *
   * @param newElementBytes bytes of one element
   */
  public void replace(NDArray newValue, int newElementBytes) {
    newValue.attach(value.getManager());
    value.close();
    value = newValue;
    elementBytes = newElementBytes;
  }

  /** Replaces the tensor by a copy of some values. */
  public void replace(float[] values, long... shape) {
    replace(copy(value.getManager(), values, shape));
  }

  /** Replaces the tensor by a copy of some bytes, as uint8. */
  public void replace(byte[] values, long... shape) {
    replace(filled(value.getManager(), DataType.UINT8, shape, bytes -> bytes.put(values)), 1);
  }

  /**
   * Does some work while another float32 tensor stands in for this one. Afterwards the tensor is
   * back, the same and untouched, also when the work fails.
   *
   * @param standIn stays the caller's
   */
  public <T> T withStandIn(NDArray standIn, Supplier<T> work) {
    NDArray kept = value;
    int keptElementBytes = elementBytes;
    value = standIn;
    elementBytes = Float.BYTES;
    try {
      return work.get();
    } finally {
      value = kept;
      elementBytes = keptElementBytes;
    }
  }

  /** Replaces the tensor by zeros. */
  public void clear(long... shape) {
    replace(value.getManager().zeros(new Shape(shape)));
  }

  /** Returns the shape, outermost first. */
  public List<Long> shape() {
    return Arrays.stream(value.getShape().getShape()).boxed().toList();
  }

  /** Returns the number of elements. */
  public long size() {
    return value.size();
  }

  /** Returns the bytes that the tensor takes. */
  public long bytes() {
    return elementBytes * value.size();
  }

  @Override
  public void close() {
    value.close();
  }

  @Override
  public String toString() {
    return name + shape();
  }
}
