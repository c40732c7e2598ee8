package dev.rivulet.ops.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import dev.rivulet.schemas.failure.UsageException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A YAML file, read but not yet understood.
 *
 * @param path where it lies
 * @param root its mapping
 * @param lines line, from 1, of each key ({@code train.steps})
 */
record ConfigFile(Path path, ObjectNode root, Map<String, Integer> lines) {
  private static final ObjectMapper YAML =
      new ObjectMapper(
          YAMLFactory.builder()
              // A class may be called no, off or y.
              .enable(YAMLParser.Feature.PARSE_BOOLEAN_LIKE_WORDS_AS_STRINGS)
              .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
              .build());

  /**
   * Reads a file.
   *
   * @throws ConfigException when it is not a YAML mapping, or a key occurs twice
   * @throws UsageException when it cannot be read
   */
  static ConfigFile read(Path path) {
    String text;
    try {
      text = Files.readString(path);
    } catch (IOException e) {
      throw UsageException.of(path, e);
    }
    try {
      JsonNode root = YAML.readTree(text);
      if (root.isMissingNode() || root.isNull()) {
        root = JsonNodeFactory.instance.objectNode();
      }
      if (!root.isObject()) {
        throw new ConfigException(path, List.of("must be a mapping of keys to values"));
      }
      return new ConfigFile(path, (ObjectNode) root, lines(text));
    } catch (JsonProcessingException e) {
      throw new ConfigException(
          path,
          List.of("line %d: %s".formatted(e.getLocation().getLineNr(), e.getOriginalMessage())));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the mapping; its keys tell their lines. */
  ConfigTree tree() {
    return tree("line ");
  }

  /** Returns the mapping; its keys tell the file's name and their lines. */
  ConfigTree namedTree() {
    return tree(path.getFileName() + ", line ");
  }

  private ConfigTree tree(String before) {
    Map<String, String> places = new HashMap<>();
    lines.forEach((key, line) -> places.put(key, before + line));
    return new ConfigTree(root, places);
  }

  private static Map<String, Integer> lines(String text) throws IOException {
    Map<String, Integer> lines = new HashMap<>();
    try (JsonParser parser = YAML.createParser(text)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token == JsonToken.FIELD_NAME) {
          String key = parser.getParsingContext().pathAsPointer().toString();
          lines.put(key.substring(1).replace('/', '.'), parser.currentTokenLocation().getLineNr());
        }
      }
    }
    return lines;
  }
}
