package dev.rivulet.ingest.reader;

import java.util.Arrays;

/**
 * A line of input as bytes, without its line feed. A carriage return before that is kept: in CSV
 * the line may end inside a quoted field.
 *
 * @param number from 1
 * @param part 0, or the index of a later piece of a line that is read in pieces
 * @param oversize whether the whole line is longer than {@link LineSource#MAX_LINE_BYTES}
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record RawLine(long number, int part, boolean oversize, byte[] bytes) {

  boolean blank() {
    for (byte b : bytes) {
      if (b != ' ' && b != '\t' && b != '\r') {
        return false;
      }
    }
    return true;
  }

  /** Returns the bytes without the line ending. */
  byte[] content() {
    int length = bytes.length;
    return !oversize && length > 0 && bytes[length - 1] == '\r'
        ? Arrays.copyOf(bytes, length - 1)
        : bytes;
  }
}
