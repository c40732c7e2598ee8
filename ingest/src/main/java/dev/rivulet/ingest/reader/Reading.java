package dev.rivulet.ingest.reader;

import dev.rivulet.schemas.record.Sample;
import dev.rivulet.schemas.topic.DeadLetter;

/** The result of reading one record: a sample or a rejection. */
public sealed interface Reading {

  /** Returns the line, from 1, on which the record starts. */
  long line();

  /** A valid sample; its attributes {@code file} and {@code line} hold its origin. */
  record Accepted(Sample sample, long line) implements Reading {}

  /**
   * Input that is not a sample.
   *
   * @param bytes as read, without the line ending. A line longer than {@link DeadLetter#MAX_BYTES}
   *     is rejected in pieces: one rejection for each
   * @param letter the reason, file, line and piece
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Rejected(byte[] bytes, DeadLetter letter, long line) implements Reading {}
}
