package dev.rivulet.ingest.reader;

import dev.rivulet.schemas.record.Sample;
import dev.rivulet.schemas.topic.DeadLetter;

/** What a reader made of a record of its input. */
public sealed interface Reading {

  /** Returns the line, from 1, on which the record begins. */
  long line();

  /** A valid sample; the attributes {@code file} and {@code line} say where it was. */
  record Accepted(Sample sample, long line) implements Reading {}

  /**
   * Input that is no sample.
   *
   * @param bytes as read, without the line's end; one piece of them where the line is longer than
   *     {@link DeadLetter#MAX_BYTES}, and then each piece is a rejection of its own
   * @param letter the reason, file, line and piece
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Rejected(byte[] bytes, DeadLetter letter, long line) implements Reading {}
}
