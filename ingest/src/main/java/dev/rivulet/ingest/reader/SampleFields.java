package dev.rivulet.ingest.reader;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rivulet.schemas.record.Sample;
import dev.rivulet.schemas.record.Split;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The rules that convert the fields of an input record to a sample. */
record SampleFields(FieldNames names, String file) {

  /** Returns the bytes as text. */
  static String utf8(byte[] bytes) throws Malformed {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(buffer).toString();
    } catch (CharacterCodingException e) {
      throw new Malformed("not UTF-8: bad sequence after %d bytes".formatted(buffer.position()));
    }
  }

  /** Returns the sample that starts on a line of the file. */
  Sample sample(ObjectNode fields, long line) throws Malformed {
    String text = string(fields, names.text());
    if (text == null) {
      throw new Malformed(
          fields.has(names.text())
              ? "field '%s' is empty".formatted(names.text())
              : "field '%s' is missing".formatted(names.text()));
    }
    return new Sample(
        text,
        string(fields, names.pair()),
        label(fields),
        split(string(fields, names.split())),
        attributes(fields, line));
  }

  /** Returns a string field; null when it is absent or blank. */
  private static @Nullable String string(ObjectNode fields, String name) throws Malformed {
    JsonNode value = fields.get(name);
    if (value == null || value.isNull()) {
      return null;
    }
    if (!value.isTextual()) {
      throw new Malformed("field '%s' is %s, not a string".formatted(name, type(value)));
    }
    return value.textValue().isBlank() ? null : encodable(name, value.textValue());
  }

  /** Returns the label; integers and booleans are converted to their text. */
  private @Nullable String label(ObjectNode fields) throws Malformed {
    JsonNode value = fields.get(names.label());
    return value != null && (value.isIntegralNumber() || value.isBoolean())
        ? value.asText()
        : string(fields, names.label());
  }

  private @Nullable Split split(@Nullable String name) throws Malformed {
    if (name == null) {
      return null;
    }
    return switch (name.strip().toLowerCase(Locale.ROOT)) {
      case "train" -> Split.TRAIN;
      case "eval", "validation" -> Split.EVAL;
      default ->
          throw new Malformed(
              "field '%s' is '%s': use train or eval".formatted(names.split(), name));
    };
  }

  private Map<String, String> attributes(ObjectNode fields, long line) throws Malformed {
    Map<String, String> attributes = new HashMap<>();
    attributes.put("file", file);
    attributes.put("line", Long.toString(line));
    for (Map.Entry<String, JsonNode> field : fields.properties()) {
      String name = field.getKey();
      JsonNode value = field.getValue();
      if (!isPart(name) && !value.isNull()) {
        String text = value.isTextual() ? value.textValue() : value.toString();
        attributes.put(encodable(name, name), encodable(name, text));
      }
    }
    return attributes;
  }

  private boolean isPart(String name) {
    return name.equals(names.text())
        || name.equals(names.pair())
        || name.equals(names.label())
        || name.equals(names.split());
  }

  /** Returns the text if UTF-8 can encode it: an unpaired surrogate would be replaced silently. */
  private static String encodable(String name, String text) throws Malformed {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new Malformed("field '%s' contains an unpaired surrogate".formatted(name));
    }
    return text;
  }

  private static String type(JsonNode value) {
    return switch (value.getNodeType()) {
      case ARRAY -> "an array";
      case OBJECT, POJO -> "an object";
      case NUMBER -> "a number";
      case BOOLEAN -> "a boolean";
      case STRING, BINARY -> "a string";
      case NULL, MISSING -> "null";
    };
  }
}
