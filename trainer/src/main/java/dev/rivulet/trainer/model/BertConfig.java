package dev.rivulet.trainer.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The shape of a BERT-family encoder, from a Hugging Face {@code config.json}.
 *
 * @param modelType {@code bert} or {@code roberta}
 * @param hidden width
 * @param intermediate width inside the feed-forward part
 * @param layers number of blocks
 * @param heads attention heads
 * @param eps epsilon of the norms
 * @param positions rows of the position table
 * @param firstPosition position of the first token: 0, or RoBERTa's padding index + 1
 */
public record BertConfig(
    String modelType,
    int hidden,
    int intermediate,
    int layers,
    int heads,
    double eps,
    int positions,
    int firstPosition) {

  /**
   * Reads the configuration of a model directory.
   *
   * @throws IllegalArgumentException when it is missing, unreadable, or of another architecture
   */
  public static BertConfig read(Path directory) {
    Path file = directory.resolve("config.json");
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          "%s is no Hugging Face model directory: it has no config.json".formatted(directory));
    }
    try {
      return of(file, new ObjectMapper().readTree(file.toFile()));
    } catch (IOException e) {
      throw new IllegalArgumentException("%s: %s".formatted(file, e.getMessage()), e);
    }
  }

  private static BertConfig of(Path file, JsonNode json) {
    String type = json.path("model_type").asText();
    if (!type.equals("bert") && !type.equals("roberta")) {
      throw new IllegalArgumentException(
          "%s: model_type '%s' is not supported; supported are bert and roberta"
              .formatted(file, type));
    }
    String activation = json.path("hidden_act").asText("gelu");
    if (!activation.equals("gelu")) {
      throw new IllegalArgumentException(
          "%s: hidden_act '%s' is not supported; supported is gelu".formatted(file, activation));
    }
    int hidden = required(file, json, "hidden_size");
    int heads = required(file, json, "num_attention_heads");
    if (hidden % heads != 0) {
      throw new IllegalArgumentException(
          "%s: hidden_size %d is no multiple of num_attention_heads %d"
              .formatted(file, hidden, heads));
    }
    return new BertConfig(
        type,
        hidden,
        required(file, json, "intermediate_size"),
        required(file, json, "num_hidden_layers"),
        heads,
        json.path("layer_norm_eps").asDouble(1e-12),
        required(file, json, "max_position_embeddings"),
        type.equals("roberta") ? json.path("pad_token_id").asInt(1) + 1 : 0);
  }

  private static int required(Path file, JsonNode json, String key) {
    JsonNode value = json.path(key);
    if (!value.isInt() || value.asInt() <= 0) {
      throw new IllegalArgumentException(
          "%s: %s must be a positive whole number, and is %s".formatted(file, key, value));
    }
    return value.asInt();
  }

  /** Returns the longest sequence that the position table allows, in tokens. */
  public int maxLength() {
    return positions - firstPosition;
  }
}
