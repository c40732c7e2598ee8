package dev.rivulet.ops.model;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The computation graph of an ONNX file: its operations, in order, and its tensors by name.
 *
 * @param nodes operations, each after those it depends on
 * @param tensors initializers, and the outputs of Constant operations
 */
record OnnxGraph(List<Node> nodes, Map<String, Tensor> tensors) {

  /**
   * An operation.
   *
   * @param op its type, such as {@code MatMul}
   * @param value its attribute of that name, which makes a Constant's output
   */
  record Node(String op, List<String> inputs, List<String> outputs, Optional<Tensor> value) {}

  /**
   * A constant tensor.
   *
   * @param type element type, as TensorProto.DataType numbers them
   * @param shape shape, outermost first
   * @param data its elements, little-endian, row by row
   */
  record Tensor(String name, int type, List<Long> shape, ByteBuffer data) {
    static final int FLOAT = 1;
    static final int INT64 = 7;

    /** Returns the only element of a float tensor; nothing when it is another kind of tensor. */
    Optional<Float> singleFloat() {
      return type == FLOAT && data.remaining() == Float.BYTES
          ? Optional.of(data.getFloat(0))
          : Optional.empty();
    }

    /** Returns the only element of an int64 tensor; nothing when it is another kind of tensor. */
    Optional<Long> singleLong() {
      return type == INT64 && data.remaining() == Long.BYTES
          ? Optional.of(data.getLong(0))
          : Optional.empty();
    }

    /** Returns whether the data of a float tensor are as long as its shape says. */
    boolean complete() {
      return type != FLOAT || shape.stream().reduce(4L, Math::multiplyExact) == data.remaining();
    }
  }
}
