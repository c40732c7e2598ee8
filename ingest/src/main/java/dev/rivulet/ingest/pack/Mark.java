package dev.rivulet.ingest.pack;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * A {@link Position} as it is committed with the offset of one partition: JSON in the metadata of
 * the offset, below the broker's limit of 4 KiB whatever the number of partitions.
 *
 * @param fingerprint of the settings that the stream was begun with
 */
record Mark(
    String fingerprint,
    int pass,
    long window,
    long batches,
    long evalBatches,
    long deadLetters,
    long start,
    long end) {
  private static final JsonMapper JSON = new JsonMapper();

  /** Returns the offsets to commit for a position. */
  static Map<TopicPartition, OffsetAndMetadata> offsets(Position position, String fingerprint) {
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    position
        .spans()
        .forEach(
            (partition, span) ->
                offsets.put(
                    partition,
                    new OffsetAndMetadata(span.next(), mark(position, span, fingerprint).json())));
    return offsets;
  }

  /**
   * Returns the position of committed offsets; there is at least one.
   *
   * @throws IllegalStateException when the offsets are not of this stream as it is now configured
   */
  static Position position(String fingerprint, Map<TopicPartition, OffsetAndMetadata> offsets) {
    Map<TopicPartition, Position.Span> spans = new HashMap<>();
    Mark any = null;
    for (Map.Entry<TopicPartition, OffsetAndMetadata> entry : offsets.entrySet()) {
      any = parse(entry.getKey(), entry.getValue().metadata());
      if (!any.fingerprint.equals(fingerprint)) {
        throw new IllegalStateException(
            "it was begun with other settings or another tokenizer:"
                + " use those, or choose a new stream name");
      }
      spans.put(entry.getKey(), new Position.Span(any.start, entry.getValue().offset(), any.end));
    }
    if (any == null) {
      throw new IllegalArgumentException("no offsets");
    }
    return new Position(any.pass, any.window, any.batches, any.evalBatches, any.deadLetters, spans);
  }

  private static Mark mark(Position position, Position.Span span, String fingerprint) {
    return new Mark(
        fingerprint,
        position.pass(),
        position.window(),
        position.batches(),
        position.evalBatches(),
        position.deadLetters(),
        span.start(),
        span.end());
  }

  private String json() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  private static Mark parse(TopicPartition partition, String metadata) {
    try {
      return JSON.readValue(metadata, Mark.class);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(
          "the offset committed for %s has lost the packer's position, as when a group is reset:"
                  .formatted(partition)
              + " choose a new stream name",
          e);
    }
  }
}
