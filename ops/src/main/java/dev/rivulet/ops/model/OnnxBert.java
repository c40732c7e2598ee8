package dev.rivulet.ops.model;

import dev.rivulet.ops.model.OnnxGraph.Node;
import dev.rivulet.ops.model.OnnxGraph.Tensor;
import dev.rivulet.schemas.failure.UsageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A BERT encoder found in an ONNX graph that PyTorch exported.
 *
 * <p>The export keeps the names of most parameters. The weights of dense layers it transposes and
 * calls {@code onnx::MatMul_N}: such a weight, in x out, is the second input of one MatMul, whose
 * output meets the layer's bias in an Add, and the bias has its name. As a cross-check, in the
 * order of N each encoder layer must be query, key, value, attention output, intermediate, output.
 * Nothing may be missing, left over, or of another shape.
 *
 * @param config its dimensions
 * @param parameters its parameters by Hugging Face name
 */
record OnnxBert(BertConfig config, Map<String, Parameter> parameters) {
  private static final Pattern ANONYMOUS = Pattern.compile("onnx::MatMul_(\\d+)");
  private static final String WORDS = "embeddings.word_embeddings.weight";

  /**
   * A parameter, in the layout of Hugging Face.
   *
   * @param tensor the tensor in the graph
   * @param transposed whether it lies in x out there, instead of out x in
   */
  record Parameter(Tensor tensor, boolean transposed) {

    /** Returns the shape, outermost first. */
    List<Long> shape() {
      List<Long> shape = tensor.shape();
      return transposed ? List.of(shape.get(1), shape.get(0)) : shape;
    }

    /** Returns the little-endian float32 elements, row by row. */
    ByteBuffer data() {
      if (!transposed) {
        return tensor.data().duplicate();
      }
      int in = Math.toIntExact(tensor.shape().get(0));
      int out = Math.toIntExact(tensor.shape().get(1));
      FloatBuffer from = tensor.data().asFloatBuffer(); // [in, out]
      ByteBuffer data = ByteBuffer.allocate(4 * in * out).order(ByteOrder.LITTLE_ENDIAN);
      FloatBuffer to = data.asFloatBuffer(); // [out, in]
      for (int column = 0; column < out; column++) {
        for (int row = 0; row < in; row++) {
          to.put(from.get(row * out + column));
        }
      }
      return data;
    }
  }

  /**
   * Finds the encoder in a file.
   *
   * @throws IOException when the graph is something else; the message says what does not fit
   */
  static OnnxBert in(Path file) throws IOException {
    OnnxGraph graph = OnnxReader.read(file);
    try {
      Map<String, Parameter> parameters = named(graph);
      BertConfig config = config(graph, parameters);
      requireComplete(config, parameters);
      return new OnnxBert(config, parameters);
    } catch (UsageException e) {
      throw new UsageException(
          "%s is not a float32 BERT encoder as PyTorch exports it: %s"
              .formatted(file, e.getMessage()),
          e);
    }
  }

  private static Map<String, Parameter> named(OnnxGraph graph) {
    String prefix =
        graph.tensors().keySet().stream()
            .filter(name -> name.endsWith(WORDS))
            .map(name -> name.substring(0, name.length() - WORDS.length()))
            .findFirst()
            .orElseThrow(() -> new UsageException("no tensor " + WORDS));
    Set<String> outputs =
        graph.nodes().stream().flatMap(n -> n.outputs().stream()).collect(Collectors.toSet());
    Map<String, Parameter> parameters = new LinkedHashMap<>();
    graph
        .tensors()
        .forEach(
            (name, tensor) -> {
              boolean parameter = name.startsWith(prefix) && !outputs.contains(name);
              if (parameter
                  && tensor.type() == Tensor.FLOAT
                  && !ANONYMOUS.matcher(name).matches()) {
                parameters.put(name.substring(prefix.length()), new Parameter(tensor, false));
              }
            });
    Map<Long, String> byNumber = new HashMap<>();
    for (Node node : graph.nodes()) {
      Matcher weight = ANONYMOUS.matcher(node.inputs().size() == 2 ? node.inputs().get(1) : "");
      if (node.op().equals("MatMul") && weight.matches()) {
        String dense = denseOf(graph, node).substring(prefix.length());
        parameters.put(dense + ".weight", new Parameter(constant(graph, weight.group()), true));
        byNumber.put(Long.parseLong(weight.group(1)), dense);
      }
    }
    requireOrder(byNumber);
    return parameters;
  }

  /** Returns the dense layer of a MatMul, by the bias that is added to its output. */
  private static String denseOf(OnnxGraph graph, Node matMul) {
    String output = matMul.outputs().get(0);
    List<String> layers =
        graph.nodes().stream()
            .filter(node -> node.op().equals("Add") && node.inputs().contains(output))
            .flatMap(node -> node.inputs().stream())
            .filter(name -> name.endsWith(".bias") && graph.tensors().containsKey(name))
            .map(name -> name.substring(0, name.length() - ".bias".length()))
            .toList();
    if (layers.size() != 1) {
      throw new UsageException(
          "the product with %s is added to %d biases, not 1"
              .formatted(matMul.inputs().get(1), layers.size()));
    }
    return layers.get(0);
  }

  private static void requireOrder(Map<Long, String> byNumber) {
    List<String> found =
        byNumber.entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .map(Map.Entry::getValue)
            .toList();
    for (int i = 0; i < found.size(); i++) {
      int perLayer = BertConfig.DENSE.size();
      String due = BertConfig.denseName(i / perLayer, BertConfig.DENSE.get(i % perLayer));
      if (!found.get(i).equals(due)) {
        throw new UsageException(
            "weight %d of %d belongs to %s, where %s was due"
                .formatted(i + 1, found.size(), found.get(i), due));
      }
    }
  }

  private static BertConfig config(OnnxGraph graph, Map<String, Parameter> parameters) {
    List<Long> words = matrix(parameters, WORDS);
    int layers = 0;
    while (parameters.containsKey(BertConfig.denseName(layers, "attention.self.query.bias"))) {
      layers++;
    }
    if (layers == 0) {
      throw new UsageException("no encoder layers");
    }
    long gelus = graph.nodes().stream().filter(node -> node.op().equals("Erf")).count();
    if (gelus != layers) {
      throw new UsageException("%d erf-GELU activations in %d layers".formatted(gelus, layers));
    }
    return new BertConfig(
        words.get(0),
        matrix(parameters, "embeddings.position_embeddings.weight").get(0),
        matrix(parameters, "embeddings.token_type_embeddings.weight").get(0),
        words.get(1),
        matrix(parameters, BertConfig.denseName(0, "intermediate.dense.weight")).get(0),
        layers,
        heads(graph, words.get(1)),
        epsilon(graph),
        parameters.containsKey("pooler.dense.weight"));
  }

  private static List<Long> matrix(Map<String, Parameter> parameters, String name) {
    Parameter parameter = parameters.get(name);
    if (parameter == null || parameter.shape().size() != 2) {
      throw new UsageException("no matrix " + name);
    }
    return parameter.shape();
  }

  /** The heads are where hidden states are reshaped to batch, sequence, heads, width of a head. */
  private static long heads(OnnxGraph graph, long hidden) {
    Set<String> shapes = inputsOf(graph, "Reshape");
    Stream<Long> heads =
        graph.nodes().stream()
            .filter(node -> node.op().equals("Concat") && node.inputs().size() == 4)
            .filter(node -> shapes.contains(node.outputs().get(0)))
            .filter(node -> single(graph, node.inputs().get(3), Tensor::singleLong).isPresent())
            .flatMap(node -> single(graph, node.inputs().get(2), Tensor::singleLong).stream())
            .filter(count -> count > 0 && hidden % count == 0);
    return only("number of heads", heads);
  }

  /** The epsilon is the constant that is added under a root. */
  private static double epsilon(OnnxGraph graph) {
    Set<String> radicands = inputsOf(graph, "Sqrt");
    Stream<Float> added =
        graph.nodes().stream()
            .filter(node -> node.op().equals("Add"))
            .filter(node -> radicands.contains(node.outputs().get(0)))
            .flatMap(node -> node.inputs().stream())
            .flatMap(input -> single(graph, input, Tensor::singleFloat).stream());
    float epsilon = only("epsilon of layer normalization", added);
    // The shortest decimal of the float: 1.0E-12, not 9.999999960041972E-13.
    return Double.parseDouble(Float.toString(epsilon));
  }

  private static Set<String> inputsOf(OnnxGraph graph, String op) {
    return graph.nodes().stream()
        .filter(node -> node.op().equals(op))
        .flatMap(node -> node.inputs().stream())
        .collect(Collectors.toSet());
  }

  private static <T> Optional<T> single(
      OnnxGraph graph, String name, Function<Tensor, Optional<T>> element) {
    return Optional.ofNullable(graph.tensors().get(name)).flatMap(element);
  }

  private static <T extends Comparable<T>> T only(String what, Stream<T> found) {
    TreeSet<T> values = found.collect(Collectors.toCollection(TreeSet::new));
    if (values.size() != 1) {
      throw new UsageException("%s: found %s".formatted(what, values));
    }
    return values.first();
  }

  private static void requireComplete(BertConfig config, Map<String, Parameter> parameters) {
    Map<String, List<Long>> shapes = config.shapes();
    Set<String> missing = new TreeSet<>(shapes.keySet());
    missing.removeAll(parameters.keySet());
    Set<String> foreign = new TreeSet<>(parameters.keySet());
    foreign.removeAll(shapes.keySet());
    if (!missing.isEmpty() || !foreign.isEmpty()) {
      throw new UsageException("it lacks %s, and has %s".formatted(missing, foreign));
    }
    parameters.forEach(
        (name, parameter) -> {
          if (!parameter.shape().equals(shapes.get(name))) {
            throw new UsageException(
                "%s is %s, where %s was due".formatted(name, parameter.shape(), shapes.get(name)));
          }
        });
  }

  private static Tensor constant(OnnxGraph graph, String name) {
    Tensor tensor = graph.tensors().get(name);
    if (tensor == null || tensor.type() != Tensor.FLOAT || tensor.shape().size() != 2) {
      throw new UsageException(name + " is not a float32 matrix");
    }
    return tensor;
  }
}
