package dev.rivulet.trainer.run;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecordBase;

/** The positions of a record's fields in its bytes, in Avro's single-object encoding. */
final class AvroSpans {
  private static final int HEADER_BYTES = 10;

  private AvroSpans() {}

  /** Returns the header of the encoding and all fields that have bytes, by name. */
  static Map<String, SegmentFile.Span> of(SpecificRecordBase record) {
    Map<String, SegmentFile.Span> spans = new LinkedHashMap<>();
    spans.put("header", new SegmentFile.Span(0, HEADER_BYTES));
    long at = HEADER_BYTES;
    for (Schema.Field field : record.getSchema().getFields()) {
      int size = size(record, field);
      if (size > 0) {
        spans.put(field.name(), new SegmentFile.Span(at, size));
      }
      at += size;
    }
    return spans;
  }

  private static int size(SpecificRecordBase record, Schema.Field field) {
    // The size of a map does not depend on the order of its entries.
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
      new SpecificDatumWriter<Object>(field.schema(), record.getSpecificData())
          .write(record.get(field.pos()), encoder);
      encoder.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.size();
  }
}
