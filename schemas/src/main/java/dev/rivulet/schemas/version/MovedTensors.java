package dev.rivulet.schemas.version;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.schemas.fold.InitialWeight;
import dev.rivulet.schemas.record.Manifest;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The tensors that a method with overlays trains whole, known from the model's {@code config.json}:
 * biases and norms of the blocks, norm and head behind them, and the embedding where the run trains
 * it.
 *
 * <p>A classifier's head that the files lack starts from N(0, 0.02²), keyed by the run's seed, and
 * biases 0.
 */
final class MovedTensors {
  /** Standard deviation of a new head's weights. */
  private static final float SIGMA = 0.02f;

  private static final Pattern BLOCK = Pattern.compile("(?:^|\\.)layers?\\.(\\d+)\\.");
  private static final Pattern EMBEDDING =
      Pattern.compile(
          "(^|\\.)(embeddings\\.(\\w+_embeddings|LayerNorm)|embed_tokens)\\.(weight|bias)");

  private final BaseModel base;
  private final long seed;
  private final Map<String, List<Long>> shapes = new LinkedHashMap<>();

  /**
   * Finds a run's.
   *
   * @throws IOException when {@code config.json} cannot be read
   */
  MovedTensors(BaseModel base, Manifest manifest) throws IOException {
    this.base = base;
    seed = manifest.getProvenance().getSeed();
    JsonNode config = base.config();
    boolean embedding =
        new ObjectMapper().readTree(manifest.getConfig()).path("trainEmbeddings").asBoolean(false);
    int blocks = config.path("num_hidden_layers").asInt();
    for (String name : base.names()) {
      List<Long> shape = base.entry(name).shape();
      if (isSmall(name, shape, blocks) || (embedding && EMBEDDING.matcher(name).find())) {
        shapes.put(name, shape);
      }
    }
    String type = config.path("model_type").asText();
    if (type.equals("bert") || type.equals("roberta")) {
      addClassifier(type, config.path("hidden_size").asLong(), manifest.getLabels().size());
    } else {
      addIfThere("model.norm.weight");
      if (!base.hasTiedHead()) {
        addIfThere("lm_head.weight");
      }
    }
  }

  private static boolean isSmall(String name, List<Long> shape, int blocks) {
    Matcher block = BLOCK.matcher(name);
    return shape.size() == 1 && block.find() && Integer.parseInt(block.group(1)) < blocks;
  }

  private void addIfThere(String name) {
    if (base.has(name)) {
      shapes.put(name, base.entry(name).shape());
    }
  }

  private void addClassifier(String type, long hidden, long classes) {
    boolean roberta = type.equals("roberta");
    String family = type + ".";
    String prefix = base.has(family + "embeddings.word_embeddings.weight") ? family : "";
    String dense = roberta ? "classifier.dense" : prefix + "pooler.dense";
    String classifier = roberta ? "classifier.out_proj" : "classifier";
    shapes.put(dense + ".weight", List.of(hidden, hidden));
    shapes.put(dense + ".bias", List.of(hidden));
    shapes.put(classifier + ".weight", List.of(hidden, classes));
    shapes.put(classifier + ".bias", List.of(classes));
  }

  /** Returns the shapes as in memory, where a head's weights are [in, out], by name. */
  Map<String, List<Long>> shapes() {
    return shapes;
  }

  /** Returns a tensor as it was at the start, as in memory. */
  float[] initial(String name) {
    List<Long> shape = shapes.getOrDefault(name, List.of());
    int rows = Math.toIntExact(shape.get(0));
    if (shape.size() == 1) {
      return base.has(name) ? base.floats(name, rows) : new float[rows];
    }
    int cols = Math.toIntExact(shape.get(1));
    if (!base.has(name)) {
      return InitialWeight.drawn(seed, name, rows * cols, SIGMA);
    }
    return TensorNames.isLinear(name, shape)
        ? base.transposed(name, cols, rows)
        : base.floats(name, rows, cols);
  }
}
