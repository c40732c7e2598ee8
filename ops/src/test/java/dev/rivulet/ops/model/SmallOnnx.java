package dev.rivulet.ops.model;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An ONNX file written field by field, of a small BERT as PyTorch's exporter shapes it: 11 words, 6
 * positions, 2 segments, width 4, feed-forward width 8, 2 heads, 2 layers, pooler, epsilon 1e-7.
 *
 * <p>Element i of the n-th tensor is n + i / 1000, in the layout of the file.
 */
final class SmallOnnx {
  static final int LAYERS = 2;

  /** Tensors to write; a test may take some out or put others in. */
  final Map<String, long[]> initializers = new LinkedHashMap<>();

  /** Operations to write, as op, inputs, output. */
  final List<String[]> nodes = new ArrayList<>();

  /** Constants: a Float or a Long. */
  final Map<String, Number> constants = new LinkedHashMap<>();

  SmallOnnx() {
    this("");
  }

  SmallOnnx(String prefix) {
    initializers.put(prefix + "embeddings.word_embeddings.weight", new long[] {11, 4});
    initializers.put(prefix + "embeddings.position_embeddings.weight", new long[] {6, 4});
    initializers.put(prefix + "embeddings.token_type_embeddings.weight", new long[] {2, 4});
    norm(prefix + "embeddings.LayerNorm");
    constants.put("heads", 2L);
    constants.put("headWidth", 2L);
    constants.put("epsilon", 1e-7f);
    // Numbers that sort otherwise as text.
    int number = 97;
    for (int layer = 0; layer < LAYERS; layer++) {
      String name = prefix + "encoder.layer." + layer + ".";
      dense(name + "attention.self.query", number++, 4, 4);
      dense(name + "attention.self.key", number++, 4, 4);
      dense(name + "attention.self.value", number++, 4, 4);
      nodes.add(new String[] {"Concat", "batch", "length", "heads", "headWidth", name + "shape"});
      nodes.add(new String[] {"Reshape", name + "attention.self.query/Add", name + "shape", "r"});
      dense(name + "attention.output.dense", number++, 4, 4);
      norm(name + "attention.output.LayerNorm");
      dense(name + "intermediate.dense", number++, 4, 8);
      nodes.add(new String[] {"Erf", name + "intermediate.dense/Add", "erf"});
      dense(name + "output.dense", number++, 8, 4);
      norm(name + "output.LayerNorm");
    }
    initializers.put(prefix + "pooler.dense.weight", new long[] {4, 4});
    initializers.put(prefix + "pooler.dense.bias", new long[] {4});
  }

  private void norm(String name) {
    initializers.put(name + ".weight", new long[] {4});
    initializers.put(name + ".bias", new long[] {4});
    nodes.add(new String[] {"Add", "variance", "epsilon", name + "/radicand"});
    nodes.add(new String[] {"Sqrt", name + "/radicand", name + "/Sqrt"});
  }

  private void dense(String name, int number, long in, long out) {
    String weight = "onnx::MatMul_" + number;
    initializers.put(name + ".bias", new long[] {out});
    initializers.put(weight, new long[] {in, out});
    nodes.add(new String[] {"MatMul", "hidden", weight, name + "/MatMul"});
    nodes.add(new String[] {"Add", name + ".bias", name + "/MatMul", name + "/Add"});
    nodes.add(new String[] {"Add", name + "/Add", "residual", name + "/Add_1"});
  }

  /** Returns the number that the elements of a tensor start from. */
  int base(String name) {
    return new ArrayList<>(initializers.keySet()).indexOf(name);
  }

  /** Returns the file. */
  ByteBuffer bytes() {
    byte[] graph =
        message(
            out -> {
              for (Map.Entry<String, Number> constant : constants.entrySet()) {
                out.writeByteArray(1, constant(constant.getKey(), constant.getValue()));
              }
              for (String[] node : nodes) {
                out.writeByteArray(1, node(node));
              }
              for (Map.Entry<String, long[]> initializer : initializers.entrySet()) {
                String name = initializer.getKey();
                out.writeByteArray(5, tensor(name, initializer.getValue(), base(name)));
              }
            });
    return ByteBuffer.wrap(
        message(
            out -> {
              out.writeInt64(1, 8); // ir_version
              out.writeString(2, "pytorch"); // producer_name
              out.writeByteArray(7, graph);
            }));
  }

  private interface Fields {
    void write(CodedOutputStream out) throws IOException;
  }

  private static byte[] message(Fields fields) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      CodedOutputStream out = CodedOutputStream.newInstance(bytes);
      fields.write(out);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static byte[] node(String[] node) {
    return message(
        out -> {
          for (int i = 1; i < node.length - 1; i++) {
            out.writeString(1, node[i]);
          }
          out.writeString(2, node[node.length - 1]);
          out.writeString(3, "name of the node");
          out.writeString(4, node[0]);
        });
  }

  private static byte[] constant(String output, Number value) {
    boolean real = value instanceof Float;
    ByteBuffer raw = ByteBuffer.allocate(real ? 4 : 8).order(ByteOrder.LITTLE_ENDIAN);
    byte[] data =
        (real ? raw.putFloat(value.floatValue()) : raw.putLong(value.longValue())).array();
    byte[] tensor =
        message(
            out -> {
              out.writeInt32(2, real ? 1 : 7);
              out.writeByteArray(9, data);
            });
    byte[] attribute =
        message(
            out -> {
              out.writeString(1, "value");
              out.writeByteArray(5, tensor);
            });
    return message(
        out -> {
          out.writeString(2, output);
          out.writeString(4, "Constant");
          out.writeByteArray(5, attribute);
        });
  }

  private static byte[] tensor(String name, long[] shape, int base) {
    int elements = 1;
    for (long size : shape) {
      elements *= (int) size;
    }
    ByteBuffer raw = ByteBuffer.allocate(4 * elements).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < elements; i++) {
      raw.putFloat(base + i / 1000f);
    }
    return message(
        out -> {
          for (long size : shape) {
            out.writeInt64(1, size);
          }
          out.writeInt32(2, 1);
          out.writeString(8, name);
          out.writeByteArray(9, raw.array());
        });
  }
}
