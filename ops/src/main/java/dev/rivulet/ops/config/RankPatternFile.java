package dev.rivulet.ops.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.rivulet.schemas.failure.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A file of ranks by layer: a JSON object whose keys are the layers' names in Hugging Face files,
 * and whose values are ranks, as in the {@code rank_pattern} of PEFT.
 */
public final class RankPatternFile {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  private RankPatternFile() {}

  /**
   * Reads a file.
   *
   * @throws IOException when it cannot be read
   * @throws UsageException when it holds something else; the message says what
   */
  static Map<String, Integer> read(Path file) throws IOException {
    JsonNode root;
    try {
      root = JSON.readTree(Files.readString(file));
    } catch (JsonProcessingException e) {
      throw new UsageException(
          "line %d is not JSON: %s".formatted(e.getLocation().getLineNr(), e.getOriginalMessage()),
          e);
    }
    if (!root.isObject() || root.isEmpty()) {
      throw new UsageException("it is not an object of layers and ranks");
    }
    Map<String, Integer> ranks = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : root.properties()) {
      JsonNode rank = entry.getValue();
      if (!rank.canConvertToInt() || !rank.isIntegralNumber() || rank.intValue() < 1) {
        throw new UsageException(
            "layer %s has %s for a rank: use a whole number of at least 1"
                .formatted(entry.getKey(), rank));
      }
      ranks.put(entry.getKey(), rank.intValue());
    }
    return ranks;
  }

  /**
   * Writes a file, in the order of the map.
   *
   * @throws IOException when it cannot be written
   */
  public static void write(Path file, Map<String, Integer> ranks) throws IOException {
    Files.writeString(file, JSON.writeValueAsString(ranks) + "\n");
  }
}
