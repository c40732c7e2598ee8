package dev.rivulet.ops.model;

import com.fasterxml.jackson.databind.util.ByteBufferBackedInputStream;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import dev.rivulet.ops.model.OnnxGraph.Node;
import dev.rivulet.ops.model.OnnxGraph.Tensor;
import dev.rivulet.schemas.failure.UsageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A reader of ONNX files. It looks only at what an importer of weights needs; the numbers in the
 * code are the field numbers of the format's protobuf definition (onnx.proto).
 */
final class OnnxReader {
  private final ByteBuffer file;
  private final CodedInputStream in;

  private OnnxReader(ByteBuffer file) {
    this.file = file;
    this.in = CodedInputStream.newInstance(new ByteBufferBackedInputStream(file.duplicate()));
  }

  /**
   * Reads a file. The tensors' data are not copied: they are views of the mapped file.
   *
   * @throws IOException when it is not an ONNX file, or keeps its tensors outside of itself
   */
  static OnnxGraph read(Path file) throws IOException {
    @Nullable OnnxGraph graph;
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      graph = new OnnxReader(channel.map(MapMode.READ_ONLY, 0, channel.size())).model();
    } catch (InvalidProtocolBufferException e) {
      throw new UsageException("%s is not an ONNX file: %s".formatted(file, e.getMessage()), e);
    }
    if (graph == null) {
      throw new UsageException("%s is not an ONNX file: it has no graph".formatted(file));
    }
    for (Tensor tensor : graph.tensors().values()) {
      if (!tensor.complete()) {
        throw new UsageException(
            "%s: tensor '%s' %s has %d bytes of raw data: export the model with its weights inside"
                .formatted(file, tensor.name(), tensor.shape(), tensor.data().remaining()));
      }
    }
    return graph;
  }

  // ModelProto: graph = 7
  private @Nullable OnnxGraph model() throws IOException {
    OnnxGraph graph = null;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case 7 -> graph = graph();
        default -> in.skipField(tag);
      }
    }
    return graph;
  }

  // GraphProto: node = 1, initializer = 5
  private OnnxGraph graph() throws IOException {
    List<Node> nodes = new ArrayList<>();
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    int limit = in.pushLimit(in.readRawVarint32());
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case 1 -> nodes.add(node());
        case 5 -> {
          Tensor tensor = tensor();
          tensors.put(tensor.name(), tensor);
        }
        default -> in.skipField(tag);
      }
    }
    in.popLimit(limit);
    for (Node node : nodes) {
      if (node.op().equals("Constant")) {
        node.value().ifPresent(value -> tensors.put(node.outputs().get(0), value));
      }
    }
    return new OnnxGraph(nodes, tensors);
  }

  // NodeProto: input = 1, output = 2, op_type = 4, attribute = 5
  private Node node() throws IOException {
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
          Tensor tensor = valueAttribute();
          value = tensor == null ? value : tensor;
        }
        default -> in.skipField(tag);
      }
    }
    in.popLimit(limit);
    return new Node(op, inputs, outputs, Optional.ofNullable(value));
  }

  // AttributeProto: name = 1, t = 5
  private @Nullable Tensor valueAttribute() throws IOException {
    String name = "";
    Tensor value = null;
    int limit = in.pushLimit(in.readRawVarint32());
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case 1 -> name = in.readString();
        case 5 -> value = tensor();
        default -> in.skipField(tag);
      }
    }
    in.popLimit(limit);
    return name.equals("value") ? value : null;
  }

  // TensorProto: dims = 1, data_type = 2, name = 8, raw_data = 9
  private Tensor tensor() throws IOException {
    List<Long> shape = new ArrayList<>();
    int type = 0;
    String name = "";
    ByteBuffer data = ByteBuffer.allocate(0);
    int limit = in.pushLimit(in.readRawVarint32());
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case 1 -> dims(tag, shape);
        case 2 -> type = in.readInt32();
        case 8 -> name = in.readString();
        case 9 -> data = bytes();
        default -> in.skipField(tag);
      }
    }
    in.popLimit(limit);
    return new Tensor(name, type, shape, data.order(ByteOrder.LITTLE_ENDIAN));
  }

  /** Returns a view of the bytes that come next, and passes over them. */
  private ByteBuffer bytes() throws IOException {
    int length = in.readRawVarint32();
    int begin = in.getTotalBytesRead();
    in.skipRawBytes(length);
    return file.slice(begin, length);
  }

  /** Adds one dimension, or several packed ones. */
  private void dims(int tag, List<Long> shape) throws IOException {
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
