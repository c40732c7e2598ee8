package dev.rivulet.ingest.reader;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/**
 * A reader of CSV (RFC 4180) and TSV with a header line.
 *
 * <p>A quoted field may contain line breaks, so lines are collected until the quotes are closed and
 * only then parsed. If a quote is malformed, only the line that opens it is rejected, and reading
 * continues with the next line: a stray quote costs one line and not the rest of the file.
 */
final class CsvReader implements SampleReader {
  private final LineSource lines;
  private final SampleFields fields;
  private final char delimiter;
  private final CSVFormat format;

  /** Lines that were read ahead and pushed back. */
  private final Deque<RawLine> ahead = new ArrayDeque<>();

  private @Nullable Header header;

  /** The names of the columns, and the reason why they cannot be used, if any. */
  private record Header(List<String> columns, @Nullable String defect) {}

  /** The lines of one record. */
  private record Group(List<RawLine> lines, boolean closed) {
    RawLine joined() {
      RawLine first = lines.get(0);
      if (lines.size() == 1) {
        return first;
      }
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      bytes.writeBytes(first.bytes());
      for (RawLine line : lines.subList(1, lines.size())) {
        bytes.write('\n');
        bytes.writeBytes(line.bytes());
      }
      return new RawLine(first.number(), 0, false, bytes.toByteArray());
    }
  }

  CsvReader(LineSource lines, SampleFields fields, char delimiter) {
    this.lines = lines;
    this.fields = fields;
    this.delimiter = delimiter;
    this.format = CSVFormat.RFC4180.builder().setDelimiter(delimiter).get();
  }

  @Override
  public @Nullable Reading next() throws IOException {
    while (true) {
      RawLine first = line();
      if (first == null) {
        return null;
      }
      if (first.oversize()) {
        return SampleReader.rejectOversize(first, fields.file());
      }
      if (first.blank()) {
        continue;
      }
      Reading reading = record(gather(first));
      if (reading != null) {
        return reading;
      }
    }
  }

  /** Returns the reading of a record; null when the record is the header. */
  private @Nullable Reading record(Group group) {
    RawLine record = group.joined();
    List<String> values;
    try {
      if (!group.closed()) {
        throw new Malformed("a quote is never closed");
      }
      values = parse(SampleFields.utf8(record.bytes()));
    } catch (Malformed e) {
      pushBackAllButFirst(group);
      if (header == null) {
        header = new Header(List.of(), "the header line is malformed: " + e.reason());
      }
      return SampleReader.reject(group.lines().get(0), fields.file(), e.reason());
    }
    if (header == null) {
      header = header(values);
      return null;
    }
    try {
      return new Reading.Accepted(
          fields.sample(named(values, header), record.number()), record.number());
    } catch (Malformed e) {
      return SampleReader.reject(record, fields.file(), e.reason());
    }
  }

  private Header header(List<String> values) {
    List<String> columns = values.stream().map(String::strip).toList();
    String text = fields.names().text();
    if (Set.copyOf(columns).size() < columns.size()) {
      return new Header(columns, "the header repeats a column: " + columns);
    }
    return columns.contains(text)
        ? new Header(columns, null)
        : new Header(columns, "the header has no column '%s', only %s".formatted(text, columns));
  }

  private static ObjectNode named(List<String> values, Header header) throws Malformed {
    if (header.defect() != null) {
      throw new Malformed(header.defect());
    }
    if (values.size() != header.columns().size()) {
      throw new Malformed(
          "%d fields where the header has %d".formatted(values.size(), header.columns().size()));
    }
    ObjectNode named = JsonNodeFactory.instance.objectNode();
    for (int i = 0; i < values.size(); i++) {
      named.put(header.columns().get(i), values.get(i));
    }
    return named;
  }

  private List<String> parse(String text) throws Malformed {
    try (CSVParser parser = CSVParser.parse(text, format)) {
      List<CSVRecord> records = parser.getRecords();
      if (records.size() != 1) {
        throw new Malformed("a carriage return outside quotes");
      }
      return records.get(0).toList();
    } catch (IOException | UncheckedIOException e) {
      throw new Malformed("not CSV: a quote inside a field must be doubled");
    }
  }

  /**
   * Collects the lines of a record: up to the one that closes the quotes, or the limit of a line.
   */
  private Group gather(RawLine first) throws IOException {
    List<RawLine> group = new ArrayList<>(List.of(first));
    boolean quoted = endsQuoted(first.bytes(), false);
    int bytes = first.bytes().length;
    while (quoted) {
      RawLine line = line();
      if (line == null) {
        return new Group(group, false);
      }
      bytes += 1 + line.bytes().length;
      if (line.oversize() || bytes > LineSource.MAX_LINE_BYTES) {
        ahead.addFirst(line);
        return new Group(group, false);
      }
      group.add(line);
      quoted = endsQuoted(line.bytes(), true);
    }
    return new Group(group, true);
  }

  /** Returns whether a line ends inside a quoted field, given whether it begins inside one. */
  private boolean endsQuoted(byte[] line, boolean beginsQuoted) {
    boolean quoted = beginsQuoted;
    boolean fieldStart = !beginsQuoted;
    for (int i = 0; i < line.length; i++) {
      if (quoted) {
        if (line[i] == '"' && i + 1 < line.length && line[i + 1] == '"') {
          i++;
        } else if (line[i] == '"') {
          quoted = false;
        }
      } else {
        quoted = fieldStart && line[i] == '"';
        fieldStart = line[i] == delimiter;
      }
    }
    return quoted;
  }

  private @Nullable RawLine line() throws IOException {
    RawLine line = ahead.pollFirst();
    return line != null ? line : lines.next();
  }

  private void pushBackAllButFirst(Group group) {
    for (int i = group.lines().size() - 1; i > 0; i--) {
      ahead.addFirst(group.lines().get(i));
    }
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
