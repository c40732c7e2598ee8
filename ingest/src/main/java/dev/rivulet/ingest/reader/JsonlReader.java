package dev.rivulet.ingest.reader;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A reader of JSON Lines: one object per line. */
final class JsonlReader implements SampleReader {
  private static final ObjectReader JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build()
          .reader();

  private final LineSource lines;
  private final SampleFields fields;

  JsonlReader(LineSource lines, SampleFields fields) {
    this.lines = lines;
    this.fields = fields;
  }

  @Override
  public @Nullable Reading next() throws IOException {
    RawLine line = lines.next();
    while (line != null && line.blank() && !line.oversize()) {
      line = lines.next();
    }
    if (line == null) {
      return null;
    }
    if (line.oversize()) {
      return SampleReader.rejectOversize(line, fields.file());
    }
    try {
      return new Reading.Accepted(fields.sample(object(line), line.number()), line.number());
    } catch (Malformed e) {
      return SampleReader.reject(line, fields.file(), e.reason());
    }
  }

  private static ObjectNode object(RawLine line) throws Malformed {
    JsonNode node;
    try {
      node = JSON.readTree(SampleFields.utf8(line.content()));
    } catch (JsonProcessingException e) {
      String message = e.getOriginalMessage().lines().findFirst().orElse("unreadable");
      int column = e.getLocation() == null ? 0 : e.getLocation().getColumnNr();
      throw new Malformed("not JSON: %s (column %d)".formatted(message, column));
    }
    if (node instanceof ObjectNode object) {
      return object;
    }
    throw new Malformed("not a JSON object: one object per line is expected");
  }

  @Override
  public long bytesRead() {
    return lines.bytesRead();
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}
