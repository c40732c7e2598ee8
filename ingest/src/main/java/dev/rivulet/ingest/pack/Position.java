package dev.rivulet.ingest.pack;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * The position of a stream: the complete state that a restarted packer needs to resume.
 *
 * @param pass {@link #EVAL_PASS}, or the data epoch, from 0; the number of data epochs when the
 *     stream is closed
 * @param window number of finished windows of this pass
 * @param batches training batches written
 * @param evalBatches evaluation batches written
 * @param deadLetters samples rejected
 * @param spans the offsets to read, by partition of the samples topic
 */
record Position(
    int pass,
    long window,
    long batches,
    long evalBatches,
    long deadLetters,
    Map<TopicPartition, Span> spans) {
  /** The first pass of a bounded stream, which writes evaluation batches and dead letters. */
  static final int EVAL_PASS = -1;

  /** The end of a span of a following stream. */
  static final long ENDLESS = Long.MAX_VALUE;

  /**
   * The offsets of a partition that belong to a stream.
   *
   * @param start first offset of each pass
   * @param next next offset of this pass
   * @param end first offset after each pass
   */
  record Span(long start, long next, long end) {
    boolean done() {
      return next >= end;
    }

    Span at(long offset) {
      return new Span(start, Math.min(offset, end), end);
    }
  }

  /** Returns the position after a window, with the next offset of each partition. */
  Position after(
      Window window, int newBatches, int newEvalBatches, Map<TopicPartition, Long> next) {
    return new Position(
        pass,
        this.window + 1,
        batches + newBatches,
        evalBatches + newEvalBatches,
        deadLetters + window.rejected(),
        spansAt(next));
  }

  /** Returns the position at the start of the next pass. */
  Position nextPass() {
    Map<TopicPartition, Long> starts = new HashMap<>();
    spans.forEach((partition, span) -> starts.put(partition, span.start()));
    return new Position(pass + 1, 0, batches, evalBatches, deadLetters, spansAt(starts));
  }

  private Map<TopicPartition, Span> spansAt(Map<TopicPartition, Long> next) {
    Map<TopicPartition, Span> moved = new HashMap<>(spans);
    next.forEach(
        (partition, offset) -> moved.computeIfPresent(partition, (p, span) -> span.at(offset)));
    return moved;
  }
}
