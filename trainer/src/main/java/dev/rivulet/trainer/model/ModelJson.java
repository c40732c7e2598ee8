package dev.rivulet.trainer.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.schemas.failure.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The {@code config.json} of a Hugging Face directory, or an object inside it, checked as it is
 * read: every error names the file and the key.
 *
 * @param file where it is
 * @param json the object
 */
record ModelJson(Path file, JsonNode json) {

  /**
   * Reads the configuration of a model directory.
   *
   * @throws UsageException when it is missing or unreadable
   */
  static ModelJson read(Path directory) {
    Path file = directory.resolve("config.json");
    if (!Files.isRegularFile(file)) {
      throw new UsageException(
          "%s is no Hugging Face model directory: it has no config.json".formatted(directory));
    }
    try {
      return new ModelJson(file, new ObjectMapper().readTree(file.toFile()));
    } catch (IOException e) {
      throw new UsageException("%s: %s".formatted(file, e.getMessage()), e);
    }
  }

  String text(String key, String usual) {
    return json.path(key).asText(usual);
  }

  boolean flag(String key, boolean usual) {
    return json.path(key).asBoolean(usual);
  }

  double number(String key, double usual) {
    return json.path(key).asDouble(usual);
  }

  /** Whether the key is there, and not null. */
  boolean has(String key) {
    return json.hasNonNull(key);
  }

  int whole(String key) {
    JsonNode value = json.path(key);
    if (!value.isInt() || value.asInt() <= 0) {
      throw new UsageException(
          "%s: %s must be a positive whole number, and is %s".formatted(file, key, value));
    }
    return value.asInt();
  }

  int whole(String key, int usual) {
    return has(key) ? whole(key) : usual;
  }

  /** Returns an object inside; empty when it is not there. */
  ModelJson inside(String key) {
    return new ModelJson(file, json.path(key));
  }

  /**
   * Returns the size that a number of equal parts divide a whole into.
   *
   * @throws UsageException when they do not
   */
  int divided(String whole, String parts) {
    int quotient = whole(whole) / whole(parts);
    if (quotient * whole(parts) != whole(whole)) {
      throw new UsageException(
          "%s: %s %d is not a multiple of %s %d"
              .formatted(file, whole, whole(whole), parts, whole(parts)));
    }
    return quotient;
  }

  /**
   * Checks a text that has one supported value.
   *
   * @throws UsageException when it has another
   */
  void require(String key, String supported) {
    String value = text(key, supported);
    if (!value.equals(supported)) {
      throw unsupported(key, value, supported);
    }
  }

  UsageException unsupported(String key, String value, String supported) {
    return new UsageException(
        "%s: %s '%s' is not supported; supported is %s".formatted(file, key, value, supported));
  }
}
