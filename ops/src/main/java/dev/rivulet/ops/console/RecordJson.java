package dev.rivulet.ops.console;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericFixed;
import org.apache.avro.generic.IndexedRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * Kafka records as JSON. The size of a byte string replaces its bytes, such as those of a tensor.
 * Hashes are in hex. Numbers that JSON lacks are strings.
 */
public final class RecordJson {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private RecordJson() {}

  /** Returns a record with its place in the log, headers and decoded value. */
  public static ObjectNode of(ConsumerRecord<String, byte[]> record, Object value) {
    ObjectNode json = NODES.objectNode();
    json.put("topic", record.topic());
    json.put("partition", record.partition());
    json.put("offset", record.offset());
    json.put("timestamp", Instant.ofEpochMilli(record.timestamp()).toString());
    json.put("key", record.key());
    ObjectNode headers = json.putObject("headers");
    for (Header header : record.headers()) {
      headers.set(header.key(), of(header.value()));
    }
    json.set("value", of(value));
    return json;
  }

  /** Returns a record, or a part of one. */
  public static JsonNode of(@Nullable Object value) {
    if (value == null) {
      return NODES.nullNode();
    } else if (value instanceof IndexedRecord record) {
      ObjectNode json = NODES.objectNode();
      for (Schema.Field field : record.getSchema().getFields()) {
        json.set(field.name(), of(record.get(field.pos())));
      }
      return json;
    } else if (value instanceof Map<?, ?> map) {
      ObjectNode json = NODES.objectNode();
      map.forEach((key, element) -> json.set(String.valueOf(key), of(element)));
      return json;
    } else if (value instanceof Iterable<?> elements) {
      ArrayNode json = NODES.arrayNode();
      elements.forEach(element -> json.add(of(element)));
      return json;
    } else if (value instanceof GenericFixed fixed) {
      return NODES.textNode(HexFormat.of().formatHex(fixed.bytes()));
    } else if (value instanceof ByteBuffer bytes) {
      return NODES.textNode("<%,d bytes>".formatted(bytes.remaining()));
    } else if (value instanceof byte[] bytes) {
      return NODES.textNode(text(bytes));
    }
    return scalar(value);
  }

  private static JsonNode scalar(Object value) {
    if (value instanceof Boolean flag) {
      return NODES.booleanNode(flag);
    } else if (value instanceof Integer || value instanceof Long) {
      return NODES.numberNode(((Number) value).longValue());
    } else if (value instanceof Number number && Double.isFinite(number.doubleValue())) {
      return value instanceof Float single
          ? NODES.numberNode(single)
          : NODES.numberNode(number.doubleValue());
    }
    return NODES.textNode(value.toString());
  }

  private static String text(byte[] bytes) {
    try {
      CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return text.toString();
    } catch (CharacterCodingException e) {
      return HexFormat.of().formatHex(bytes);
    }
  }
}
