package dev.rivulet.schemas.codec;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.message.BinaryMessageEncoder;

/**
 * A generator of records with a distinct value in every field. Unions take their last branch,
 * arrays have two items, maps one. The record is a function of the schema.
 */
public final class PopulatedRecord {
  private int next;

  private PopulatedRecord() {}

  /** Returns the record of a schema in Avro's single-object encoding, written by Avro itself. */
  public static byte[] bytes(Schema schema) {
    try {
      Object record = new PopulatedRecord().value(schema);
      ByteBuffer buffer = new BinaryMessageEncoder<>(new GenericData(), schema).encode(record);
      byte[] bytes = new byte[buffer.remaining()];
      buffer.get(bytes);
      return bytes;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Object value(Schema schema) {
    int n = next++;
    return switch (schema.getType()) {
      case RECORD -> record(schema);
      case ENUM ->
          new GenericData.EnumSymbol(
              schema, schema.getEnumSymbols().get(n % schema.getEnumSymbols().size()));
      case ARRAY -> List.of(value(schema.getElementType()), value(schema.getElementType()));
      case MAP -> Map.of("key" + n, value(schema.getValueType()));
      case UNION -> value(schema.getTypes().get(schema.getTypes().size() - 1));
      case FIXED -> new GenericData.Fixed(schema, filled(schema.getFixedSize(), n));
      case STRING -> "text " + n + " \u00e9\u4e2d";
      case BYTES -> ByteBuffer.wrap(filled(1 + n, n));
      case INT -> n;
      case LONG -> 1_000_000_000_000L + n;
      case FLOAT -> n + 0.25f;
      case DOUBLE -> n + 0.1;
      case BOOLEAN -> true;
      case NULL -> throw new IllegalArgumentException("a union ends with null");
    };
  }

  private GenericData.Record record(Schema schema) {
    GenericData.Record record = new GenericData.Record(schema);
    schema.getFields().forEach(field -> record.put(field.pos(), value(field.schema())));
    return record;
  }

  private static byte[] filled(int size, int value) {
    byte[] bytes = new byte[size];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }
}
