package dev.rivulet.ingest.reader;

import dev.rivulet.schemas.topic.DeadLetter;
import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A reader of the records of one input, in order and in bounded memory. Malformed input becomes a
 * {@link Reading.Rejected} and never an exception. Blank lines are skipped. Not thread-safe.
 */
public sealed interface SampleReader extends Closeable permits JsonlReader, CsvReader, TextReader {

  /**
   * Returns the next reading; null at the end.
   *
   * @throws IOException when the input cannot be read: fatal for this reader
   */
  @Nullable Reading next() throws IOException;

  /** Returns the bytes taken from the input so far. */
  long bytesRead();

  /**
   * Opens an input.
   *
   * @throws IOException when it cannot be opened
   */
  static SampleReader open(Input input, FieldNames names) throws IOException {
    LineSource lines = new LineSource(input.open());
    SampleFields fields = new SampleFields(names, input.location());
    return switch (input.format()) {
      case JSONL -> new JsonlReader(lines, fields);
      case CSV -> new CsvReader(lines, fields, ',');
      case TSV -> new CsvReader(lines, fields, '\t');
      case TXT -> new TextReader(lines, fields);
    };
  }

  /** Returns the rejection of a line. */
  static Reading.Rejected reject(RawLine line, String file, String reason) {
    DeadLetter letter =
        new DeadLetter(reason, new DeadLetter.Line(file, line.number()), line.part());
    return new Reading.Rejected(line.content(), letter, line.number());
  }

  /** Returns the rejection of a line, or of a piece of a line, that is too long. */
  static Reading.Rejected rejectOversize(RawLine line, String file) {
    return reject(
        line, file, "the line is longer than %,d bytes".formatted(LineSource.MAX_LINE_BYTES));
  }
}
