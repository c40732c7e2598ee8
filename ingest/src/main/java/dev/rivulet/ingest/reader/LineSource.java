package dev.rivulet.ingest.reader;

import dev.rivulet.schemas.topic.DeadLetter;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A reader of the lines of a byte stream in bounded memory. A byte-order mark is dropped, and a
 * line longer than {@link DeadLetter#MAX_BYTES} is returned in pieces. Not thread-safe.
 */
final class LineSource implements Closeable {
  /** Longest line that can become a sample: the sample must fit in one Kafka record. */
  static final int MAX_LINE_BYTES = 900_000;

  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  private final InputStream in;
  private final byte[] buffer = new byte[64 * 1024];
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private int position;
  private int limit;
  private long bytesRead;
  private long number = 1;
  private int part;

  LineSource(InputStream in) {
    this.in = in;
  }

  /** Returns the bytes taken from the stream so far. */
  long bytesRead() {
    return bytesRead;
  }

  /** Returns the next line, or the next piece of a long one; null at the end. */
  @Nullable RawLine next() throws IOException {
    while (true) {
      if (position == limit && !fill()) {
        return line.size() == 0 ? null : lineEnd();
      }
      int end = lineFeed();
      int taken = Math.min(end - position, DeadLetter.MAX_BYTES - line.size());
      line.write(buffer, position, taken);
      position += taken;
      if (position < end) {
        return new RawLine(number, part++, true, drain());
      }
      if (end < limit) {
        position++;
        return lineEnd();
      }
    }
  }

  private RawLine lineEnd() {
    boolean oversize = part > 0 || line.size() > MAX_LINE_BYTES;
    RawLine last = new RawLine(number++, part, oversize, drain());
    part = 0;
    return last;
  }

  private byte[] drain() {
    byte[] bytes = line.toByteArray();
    line.reset();
    return bytes;
  }

  /** Returns the index of the next line feed in the buffer, or its limit. */
  private int lineFeed() {
    for (int i = position; i < limit; i++) {
      if (buffer[i] == '\n') {
        return i;
      }
    }
    return limit;
  }

  private boolean fill() throws IOException {
    boolean first = bytesRead == 0;
    int read = first ? in.readNBytes(buffer, 0, BYTE_ORDER_MARK.length) : in.read(buffer);
    position = 0;
    limit = Math.max(read, 0);
    bytesRead += limit;
    if (first && Arrays.equals(buffer, 0, limit, BYTE_ORDER_MARK, 0, BYTE_ORDER_MARK.length)) {
      position = limit;
      return fill();
    }
    return limit > 0;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
