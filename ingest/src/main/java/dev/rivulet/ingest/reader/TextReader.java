package dev.rivulet.ingest.reader;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A reader of plain text. Empty lines separate texts. A text longer than {@link
 * LineSource#MAX_LINE_BYTES} is split between lines into several samples.
 */
final class TextReader implements SampleReader {
  private final LineSource lines;
  private final SampleFields fields;
  private @Nullable RawLine ahead;

  TextReader(LineSource lines, SampleFields fields) {
    this.lines = lines;
    this.fields = fields;
  }

  @Override
  public @Nullable Reading next() throws IOException {
    RawLine line = line();
    while (line != null && line.blank() && !line.oversize()) {
      line = line();
    }
    if (line == null) {
      return null;
    }
    if (line.oversize()) {
      return SampleReader.rejectOversize(line, fields.file());
    }
    RawLine text = gather(line);
    try {
      ObjectNode node = JsonNodeFactory.instance.objectNode();
      node.put(fields.names().text(), SampleFields.utf8(text.bytes()));
      return new Reading.Accepted(fields.sample(node, text.number()), text.number());
    } catch (Malformed e) {
      return SampleReader.reject(text, fields.file(), e.reason());
    }
  }

  /** Returns the lines up to the next empty one, joined, within the limit of a line. */
  private RawLine gather(RawLine first) throws IOException {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    text.writeBytes(first.content());
    for (RawLine line = line(); line != null; line = line()) {
      boolean fits = text.size() + 1 + line.bytes().length <= LineSource.MAX_LINE_BYTES;
      if (line.oversize() || line.blank() || !fits) {
        ahead = line;
        break;
      }
      text.write('\n');
      text.writeBytes(line.content());
    }
    return new RawLine(first.number(), 0, false, text.toByteArray());
  }

  private @Nullable RawLine line() throws IOException {
    RawLine line = ahead;
    ahead = null;
    return line != null ? line : lines.next();
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
