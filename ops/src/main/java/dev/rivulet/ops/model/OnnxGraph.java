package dev.rivulet.ops.model;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The computation graph of an ONNX file: its operations, in order, and its tensors by name.
 *
 * <p>Only what an importer of weights looks at is read; the numbers in the code are the field
 * numbers of the format's protobuf definition (onnx.proto).
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

    private boolean complete() {
      return type != FLOAT || shape.stream().reduce(4L, Math::multiplyExact) == data.remaining();
    }
  }

  /**
   * Reads a file's remaining bytes; the tensors' data are views of them.
   *
   * @param file its name, for errors
   * @throws IOException when it is not an ONNX file, or keeps its tensors outside of itself
   */
  static OnnxGraph read(String file, ByteBuffer bytes) throws IOException {
    CodedInputStream in = CodedInputStream.newInstance(bytes.duplicate());
    in.enableAliasing(true);
    OnnxGraph graph = null;
    try {
      // ModelProto: graph = 7
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        switch (WireFormat.getTagFieldNumber(tag)) {
          case 7 -> graph = graph(in);
          default -> in.skipField(tag);
        }
      }
    } catch (InvalidProtocolBufferException e) {
      throw new IOException("%s is not an ONNX file: %s".formatted(file, e.getMessage()), e);
    }
    if (graph == null) {
      throw new IOException("%s is not an ONNX file: it has no graph".formatted(file));
    }
    for (Tensor tensor : graph.tensors.values()) {
      if (!tensor.complete()) {
        throw new IOException(
            "%s: tensor '%s' %s has %d bytes of raw data: export the model with its weights inside"
                .formatted(file, tensor.name, tensor.shape, tensor.data.remaining()));
      }
    }
    return graph;
  }

  // GraphProto: node = 1, initializer = 5
  private static OnnxGraph graph(CodedInputStream in) throws IOException {
    List<Node> nodes = new ArrayList<>();
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    int limit = in.pushLimit(in.readRawVarint32());
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case 1 -> nodes.add(node(in));
        case 5 -> {
          Tensor tensor = tensor(in);
          tensors.put(tensor.name, tensor);
        }
        default -> in.skipField(tag);
      }
    }
    in.popLimit(limit);
    for (Node node : nodes) {
      if (node.op.equals("Constant")) {
        node.value.ifPresent(value -> tensors.put(node.outputs.get(0), value));
      }
    }
    return new OnnxGraph(nodes, tensors);
  }

  // NodeProto: input = 1, output = 2, op_type = 4, attribute = 5
  private static Node node(CodedInputStream in) throws IOException {
    List<String> inputs = new ArrayList<>();
    List<String> outputs = new ArrayList<>();
    String op = "";
    Tensor value = null;
    int limit = in.pushLimit(in.readRawVarint32());
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case 1 -> inputs.add(in.readString());
        case 2 -> outputs.add(in.readString());
        case 4 -> op = in.readString();
        case 5 -> {
          Tensor tensor = valueAttribute(in);
          value = tensor == null ? value : tensor;
        }
        default -> in.skipField(tag);
      }
    }
    in.popLimit(limit);
    return new Node(op, inputs, outputs, Optional.ofNullable(value));
  }

  // AttributeProto: name = 1, t = 5
  private static @Nullable Tensor valueAttribute(CodedInputStream in) throws IOException {
    String name = "";
    Tensor value = null;
    int limit = in.pushLimit(in.readRawVarint32());
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case 1 -> name = in.readString();
        case 5 -> value = tensor(in);
        default -> in.skipField(tag);
      }
    }
    in.popLimit(limit);
    return name.equals("value") ? value : null;
  }

  // TensorProto: dims = 1, data_type = 2, name = 8, raw_data = 9
  private static Tensor tensor(CodedInputStream in) throws IOException {
    List<Long> shape = new ArrayList<>();
    int type = 0;
    String name = "";
    ByteBuffer data = ByteBuffer.allocate(0);
    int limit = in.pushLimit(in.readRawVarint32());
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case 1 -> dims(in, tag, shape);
        case 2 -> type = in.readInt32();
        case 8 -> name = in.readString();
        case 9 -> data = in.readByteBuffer();
        default -> in.skipField(tag);
      }
    }
    in.popLimit(limit);
    return new Tensor(name, type, shape, data.order(ByteOrder.LITTLE_ENDIAN));
  }

  /** Adds one dimension, or several packed ones. */
  private static void dims(CodedInputStream in, int tag, List<Long> shape) throws IOException {
    if (WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_VARINT) {
      shape.add(in.readInt64());
      return;
    }
    int limit = in.pushLimit(in.readRawVarint32());
    while (in.getBytesUntilLimit() > 0) {
      shape.add(in.readInt64());
    }
    in.popLimit(limit);
  }
}
