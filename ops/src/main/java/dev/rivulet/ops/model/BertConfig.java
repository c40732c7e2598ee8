package dev.rivulet.ops.model;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The dimensions of a BERT encoder with erf-GELU and absolute positions.
 *
 * @param vocabulary rows of the word embeddings
 * @param positions rows of the position embeddings: the longest input
 * @param segments rows of the token type embeddings
 * @param hidden width of the hidden states
 * @param intermediate width of the feed-forward layers
 * @param layers encoder layers
 * @param heads attention heads
 * @param epsilon added to the variance in layer normalization
 * @param pooler whether there is a dense layer above the first token
 */
record BertConfig(
    long vocabulary,
    long positions,
    long segments,
    long hidden,
    long intermediate,
    int layers,
    long heads,
    double epsilon,
    boolean pooler) {

  /** The dense layers of an encoder layer, in the order of the computation. */
  static final List<String> DENSE =
      List.of(
          "attention.self.query",
          "attention.self.key",
          "attention.self.value",
          "attention.output.dense",
          "intermediate.dense",
          "output.dense");

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Returns the name of a dense layer: {@code encoder.layer.0.attention.self.query}, ... */
  static String denseName(int layer, String dense) {
    return "encoder.layer." + layer + "." + dense;
  }

  /** Returns the shape of every tensor by its Hugging Face name. */
  Map<String, List<Long>> shapes() {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    shapes.put("embeddings.word_embeddings.weight", List.of(vocabulary, hidden));
    shapes.put("embeddings.position_embeddings.weight", List.of(positions, hidden));
    shapes.put("embeddings.token_type_embeddings.weight", List.of(segments, hidden));
    norm(shapes, "embeddings.LayerNorm");
    for (int layer = 0; layer < layers; layer++) {
      for (String dense : DENSE) {
        long in = dense.equals("output.dense") ? intermediate : hidden;
        long out = dense.equals("intermediate.dense") ? intermediate : hidden;
        dense(shapes, denseName(layer, dense), in, out);
      }
      norm(shapes, denseName(layer, "attention.output.LayerNorm"));
      norm(shapes, denseName(layer, "output.LayerNorm"));
    }
    if (pooler) {
      dense(shapes, "pooler.dense", hidden, hidden);
    }
    return shapes;
  }

  /** Returns the text of config.json. The rates of dropout are BERT's own: a graph has none. */
  String json() {
    ObjectNode root = JSON.createObjectNode();
    root.putArray("architectures").add("BertModel");
    root.put("attention_probs_dropout_prob", 0.1);
    root.put("hidden_act", "gelu");
    root.put("hidden_dropout_prob", 0.1);
    root.put("hidden_size", hidden);
    root.put("initializer_range", 0.02);
    root.put("intermediate_size", intermediate);
    root.put("layer_norm_eps", epsilon);
    root.put("max_position_embeddings", positions);
    root.put("model_type", "bert");
    root.put("num_attention_heads", heads);
    root.put("num_hidden_layers", layers);
    root.put("pad_token_id", 0);
    root.put("position_embedding_type", "absolute");
    root.put("torch_dtype", "float32");
    root.put("type_vocab_size", segments);
    root.put("vocab_size", vocabulary);
    return root.toPrettyString() + "\n";
  }

  private void norm(Map<String, List<Long>> shapes, String name) {
    shapes.put(name + ".weight", List.of(hidden));
    shapes.put(name + ".bias", List.of(hidden));
  }

  private static void dense(Map<String, List<Long>> shapes, String name, long in, long out) {
    shapes.put(name + ".weight", List.of(out, in));
    shapes.put(name + ".bias", List.of(out));
  }
}
