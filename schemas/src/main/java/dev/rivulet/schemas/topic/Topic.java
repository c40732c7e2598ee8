package dev.rivulet.schemas.topic;

import dev.rivulet.schemas.codec.AvroCodec;
import java.time.Duration;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.SerializationException;

/**
 * A topic of the pipeline: its name behind the prefix, what it holds, and how long.
 *
 * @param <T> the record type of its values
 * @param name name behind the prefix, such as {@code steps}
 * @param keyedBy what its keys are, for people: {@code run/layer}, {@code stream}, ...
 * @param codec turns values into bytes and back
 * @param partitions partitions it is created with
 * @param retention what the broker may delete
 * @param purpose one line for people
 * @param hashed whether every record carries the SHA-256 of its value, see {@link RecordHash}
 */
public record Topic<T>(
    String name,
    String keyedBy,
    AvroCodec<T> codec,
    int partitions,
    Retention retention,
    String purpose,
    boolean hashed) {

  /** Makes a topic whose records carry no hash. */
  public Topic(
      String name,
      String keyedBy,
      AvroCodec<T> codec,
      int partitions,
      Retention retention,
      String purpose) {
    this(name, keyedBy, codec, partitions, retention, purpose, false);
  }

  /** What a broker may delete from a topic, and when. */
  public sealed interface Retention {
    /** Records older than the duration go. */
    record ByTime(Duration keep) implements Retention {}

    /** Only the newest record of each key stays. */
    record Compacted() implements Retention {}

    /** Nothing goes by itself. */
    record Forever() implements Retention {}

    /** Returns the broker's topic settings for this retention. */
    default Map<String, String> settings() {
      if (this instanceof ByTime time) {
        return Map.of(
            TopicConfig.CLEANUP_POLICY_CONFIG,
            TopicConfig.CLEANUP_POLICY_DELETE,
            TopicConfig.RETENTION_MS_CONFIG,
            Long.toString(time.keep().toMillis()));
      }
      return this instanceof Compacted
          ? Map.of(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT)
          : Map.of(
              TopicConfig.CLEANUP_POLICY_CONFIG,
              TopicConfig.CLEANUP_POLICY_DELETE,
              TopicConfig.RETENTION_MS_CONFIG,
              "-1");
    }
  }

  static <T extends SpecificRecord> Topic<T> of(
      String name,
      String keyedBy,
      Class<T> type,
      int partitions,
      Retention retention,
      String purpose) {
    return new Topic<>(name, keyedBy, AvroCodec.of(type), partitions, retention, purpose);
  }

  /** Returns this topic with a hash in a header of each record. */
  Topic<T> withHashes() {
    return new Topic<>(name, keyedBy, codec, partitions, retention, purpose, true);
  }

  /**
   * Decodes the value of a record read from this topic.
   *
   * @throws SerializationException when the bytes are not a record of this topic's type, or not
   *     those that the hash in their header was computed from; the message names topic, partition
   *     and offset. Fatal for that record: a retry gives the same.
   */
  public T decode(ConsumerRecord<?, byte[]> record) {
    try {
      if (hashed) {
        String unusedHash = RecordHash.requireSame(record);
      }
      return codec.decode(record.value());
    } catch (SerializationException e) {
      throw new SerializationException(
          "%s, partition %d, offset %d: %s"
              .formatted(record.topic(), record.partition(), record.offset(), e.getMessage()),
          e);
    }
  }
}
