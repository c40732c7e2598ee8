package dev.rivulet.ingest.pack;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.rivulet.schemas.failure.RunException;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * The form of a {@link Position} that is committed with the offset of one partition: JSON in the
 * metadata of the offset. Its size does not depend on the number of partitions and stays below the
 * broker's limit of 4 KiB.
 *
 * @param fingerprint hash of the settings that the stream was started with
 * @param pass as in {@link Position}
 * @param window as in {@link Position}
 * @param batches as in {@link Position}
 * @param evalBatches as in {@link Position}
 * @param deadLetters as in {@link Position}
 * @param start first offset of the partition in each pass
 * @param end first offset of the partition after each pass
 */
record CommittedPosition(
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
                    new OffsetAndMetadata(span.next(), of(position, span, fingerprint).json())));
    return offsets;
  }

  /**
   * Returns the position of committed offsets.
   *
   * @param offsets of at least one partition
   * @throws RunException when the stream was started with other settings, or the metadata holds no
   *     position
   */
  static Position position(String fingerprint, Map<TopicPartition, OffsetAndMetadata> offsets) {
    Map<TopicPartition, Position.Span> spans = new HashMap<>();
    CommittedPosition last = null;
    for (Map.Entry<TopicPartition, OffsetAndMetadata> entry : offsets.entrySet()) {
      last = parse(entry.getKey(), entry.getValue().metadata());
      if (!last.fingerprint.equals(fingerprint)) {
        throw new RunException(
            "it was started with other settings or another tokenizer:"
                + " use those, or choose a new stream name");
      }
      spans.put(entry.getKey(), new Position.Span(last.start, entry.getValue().offset(), last.end));
    }
    if (last == null) {
      throw new IllegalArgumentException("no offsets");
    }
    return new Position(
        last.pass, last.window, last.batches, last.evalBatches, last.deadLetters, spans);
  }

  private static CommittedPosition of(Position position, Position.Span span, String fingerprint) {
    return new CommittedPosition(
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

  private static CommittedPosition parse(TopicPartition partition, String metadata) {
    try {
      return JSON.readValue(metadata, CommittedPosition.class);
    } catch (JsonProcessingException e) {
      throw new RunException(
          "the offset committed for %s has no packer position, as after a reset of the group:"
                  .formatted(partition)
              + " choose a new stream name",
          e);
    }
  }
}
