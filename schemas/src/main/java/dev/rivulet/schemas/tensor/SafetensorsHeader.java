package dev.rivulet.schemas.tensor;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.schemas.failure.DamageException;
import dev.rivulet.schemas.tensor.SafetensorsFile.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The header of a safetensors file, checked: the tensors fill the data section without gap or
 * overlap, and each one's bytes are what its type and shape need.
 *
 * @param entries tensors by name, in the order of their data
 * @param metadata the free-form strings of {@code __metadata__}
 * @param dataStart position in the file of the data section's first byte
 */
record SafetensorsHeader(Map<String, Entry> entries, Map<String, String> metadata, long dataStart) {
  static final String METADATA = "__metadata__";

  /** The length of the header is its first eight bytes, little-endian. */
  static final int LENGTH_BYTES = 8;

  /** Headers above this are refused, as by the format's reference. */
  private static final long MAX_BYTES = 100_000_000;

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

  /**
   * Reads and checks the header of an open file.
   *
   * @throws IOException when the file is not a sound safetensors file; the message names it, the
   *     tensor, and what is wrong
   */
  static SafetensorsHeader read(Path path, FileChannel channel) throws IOException {
    long fileBytes = channel.size();
    if (fileBytes < LENGTH_BYTES) {
      throw malformed(path, "%d bytes are too few for a header".formatted(fileBytes));
    }
    long length = bytes(channel, 0, LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (length < 2 || length > MAX_BYTES || length > fileBytes - LENGTH_BYTES) {
      throw malformed(
          path,
          "the header's length is %s in a file of %d bytes"
              .formatted(Long.toUnsignedString(length), fileBytes));
    }
    JsonNode root = json(path, bytes(channel, LENGTH_BYTES, (int) length).array());
    long dataStart = LENGTH_BYTES + length;
    return new SafetensorsHeader(
        entries(path, root, fileBytes - dataStart), metadata(path, root), dataStart);
  }

  private static ByteBuffer bytes(FileChannel channel, long position, int count)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(count);
    while (buffer.hasRemaining() && channel.read(buffer, position + buffer.position()) >= 0) {}
    return buffer.flip();
  }

  private static JsonNode json(Path path, byte[] header) throws IOException {
    try {
      JsonNode root = JSON.readTree(header);
      if (!root.isObject()) {
        throw malformed(path, "the header is not a JSON object");
      }
      return root;
    } catch (JsonProcessingException e) {
      throw malformed(path, "the header is not JSON: " + e.getOriginalMessage());
    }
  }

  private static Map<String, String> metadata(Path path, JsonNode root) throws IOException {
    Map<String, String> metadata = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : root.path(METADATA).properties()) {
      if (!field.getValue().isTextual()) {
        throw malformed(path, "metadata '%s' is not a string".formatted(field.getKey()));
      }
      metadata.put(field.getKey(), field.getValue().textValue());
    }
    return metadata;
  }

  private static Map<String, Entry> entries(Path path, JsonNode root, long dataBytes)
      throws IOException {
    List<Entry> entries = new ArrayList<>();
    for (Map.Entry<String, JsonNode> field : root.properties()) {
      if (!field.getKey().equals(METADATA)) {
        entries.add(entry(path, field.getKey(), field.getValue()));
      }
    }
    entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    Map<String, Entry> byName = new LinkedHashMap<>();
    long next = 0;
    for (Entry entry : entries) {
      if (entry.end() > dataBytes) {
        throw malformed(
            path,
            entry.name(),
            "ends at byte %d of %d bytes of data".formatted(entry.end(), dataBytes));
      }
      if (entry.begin() != next) {
        throw malformed(
            path,
            entry.name(),
            "begins at byte %d of the data, where %d was due: tensors overlap or leave a gap"
                .formatted(entry.begin(), next));
      }
      next = entry.end();
      byName.put(entry.name(), entry);
    }
    if (next != dataBytes) {
      throw malformed(
          path, "the tensors end at byte %d of %d bytes of data".formatted(next, dataBytes));
    }
    return byName;
  }

  private static Entry entry(Path path, String name, JsonNode field) throws IOException {
    String typeName = field.path("dtype").asText();
    ElementType type =
        ElementType.named(typeName)
            .orElseThrow(() -> malformed(path, name, "unknown dtype '%s'".formatted(typeName)));
    List<Long> shape = wholeNumbers(path, name, field, "shape");
    List<Long> offsets = wholeNumbers(path, name, field, "data_offsets");
    if (offsets.size() != 2 || offsets.get(0) > offsets.get(1)) {
      throw malformed(path, name, "data_offsets are %s, not [begin, end]".formatted(offsets));
    }
    Entry entry = new Entry(name, type, shape, offsets.get(0), offsets.get(1));
    long needed;
    try {
      needed = Math.multiplyExact(entry.elements(), type.bytes());
    } catch (ArithmeticException e) {
      throw malformed(path, name, "shape %s is too large".formatted(shape));
    }
    if (needed != entry.bytes()) {
      throw malformed(
          path, name, "%d bytes, but %s %s takes %d".formatted(entry.bytes(), type, shape, needed));
    }
    return entry;
  }

  private static List<Long> wholeNumbers(Path path, String name, JsonNode field, String key)
      throws IOException {
    JsonNode array = field.path(key);
    if (!array.isArray()) {
      throw malformed(path, name, "no array '%s'".formatted(key));
    }
    List<Long> numbers = new ArrayList<>();
    for (JsonNode number : array) {
      if (!number.canConvertToLong() || !number.isIntegralNumber() || number.longValue() < 0) {
        throw malformed(path, name, "%s holds %s, not a whole number".formatted(key, number));
      }
      numbers.add(number.longValue());
    }
    return List.copyOf(numbers);
  }

  private static DamageException malformed(Path path, String tensor, String problem) {
    return malformed(path, "tensor '%s': %s".formatted(tensor, problem));
  }

  private static DamageException malformed(Path path, String problem) {
    return new DamageException("%s is not a sound safetensors file: %s".formatted(path, problem));
  }
}
