package dev.rivulet.ops.console;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.schemas.failure.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The JSON object that a command printed with {@code --json}: just now, or in an earlier run and
 * saved to a file.
 */
public final class JsonReport {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String source;
  private final JsonNode fields;

  private JsonReport(String source, JsonNode fields) {
    this.source = source;
    this.fields = fields;
  }

  /** Returns the report with these fields. */
  public static JsonReport of(Map<String, ?> fields) {
    return new JsonReport("the report", JSON.valueToTree(fields));
  }

  /**
   * Reads a saved report.
   *
   * @throws UsageException when the file is not a JSON object; the message names it
   * @throws IOException when the file cannot be read
   */
  public static JsonReport read(Path file) throws IOException {
    try {
      JsonNode fields = JSON.readTree(Files.readString(file));
      if (!fields.isObject()) {
        throw new UsageException("%s: not a JSON object".formatted(file));
      }
      return new JsonReport(file.toString(), fields);
    } catch (JsonProcessingException e) {
      throw new UsageException(
          "%s: not valid JSON (line %d): save the last line that --json prints"
              .formatted(file, e.getLocation() == null ? 1 : e.getLocation().getLineNr()),
          e);
    }
  }

  /**
   * Returns a text or a number as text.
   *
   * @throws UsageException when it is missing
   */
  public String text(String key) {
    return required(key, fields.path(key).isValueNode() && !fields.path(key).isNull()).asText();
  }

  /**
   * Returns a number.
   *
   * @throws UsageException when it is missing
   */
  public double number(String key) {
    return required(key, fields.path(key).isNumber()).asDouble();
  }

  /**
   * Returns a list of objects.
   *
   * @throws UsageException when it is missing or empty
   */
  public List<JsonNode> objects(String key) {
    JsonNode list = required(key, fields.path(key).isArray() && !fields.path(key).isEmpty());
    List<JsonNode> objects = new ArrayList<>();
    list.forEach(objects::add);
    return objects;
  }

  private JsonNode required(String key, boolean present) {
    if (!present) {
      throw new UsageException(
          "%s: %s is missing: it is not a report of this command".formatted(source, key));
    }
    return fields.path(key);
  }
}
