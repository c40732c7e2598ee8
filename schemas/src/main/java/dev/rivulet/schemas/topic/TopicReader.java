package dev.rivulet.schemas.topic;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.TimeoutException;

/** A pass over a topic from its first record to its end as of the start of the pass. */
public final class TopicReader {
  private TopicReader() {}

  /** Returns the partitions of a topic. */
  public static List<TopicPartition> partitions(Consumer<?, ?> consumer, String topic) {
    return consumer.partitionsFor(topic).stream()
        .map(info -> new TopicPartition(topic, info.partition()))
        .toList();
  }

  /**
   * Reads all committed records of a topic, in the order of each partition.
   *
   * @param consumer is assigned again, and stays at the end of the pass
   * @param each called with each record and its decoded value
   * @throws TimeoutException when 30 seconds bring no progress, as an open transaction may cause
   */
  public static <T> void forEach(
      KafkaCluster cluster,
      Consumer<String, byte[]> consumer,
      Topic<T> topic,
      BiConsumer<ConsumerRecord<String, byte[]>, T> each) {
    List<TopicPartition> partitions = partitions(consumer, cluster.name(topic));
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!reached(consumer, ends)) {
      long before = positions(consumer, partitions);
      for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(200))) {
        each.accept(record, topic.decode(record));
      }
      if (positions(consumer, partitions) > before) {
        deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
      } else if (System.nanoTime() > deadline) {
        throw new TimeoutException("no progress in 30 s while reading " + cluster.name(topic));
      }
    }
  }

  /**
   * A stretch of a partition that could not be read.
   *
   * @param from offset of the first record of it
   * @param to offset behind it
   * @param reason what the broker or the client says
   */
  public record Unreadable(String topic, int partition, long from, long to, String reason) {
    @Override
    public String toString() {
      return "%s, partition %d, offsets %d to %d: %s"
          .formatted(topic, partition, from, to - 1, reason);
    }
  }

  /**
   * Reads all committed records of a topic undecoded, partition by partition, and passes over what
   * cannot be read, such as a batch that is damaged on the broker's disk.
   *
   * @param consumer is assigned again, and stays at the end of the last partition
   * @param topic full name
   * @param each called with each record; one without a value is a deletion
   * @param unreadable called with each stretch that was passed over
   * @throws TimeoutException when 30 seconds bring no progress
   */
  public static void forEachSound(
      Consumer<String, byte[]> consumer,
      String topic,
      java.util.function.Consumer<ConsumerRecord<String, byte[]>> each,
      java.util.function.Consumer<Unreadable> unreadable) {
    for (TopicPartition partition : partitions(consumer, topic)) {
      new PartitionPass(consumer, partition).run(each, unreadable);
    }
  }

  /**
   * Returns whether an error of a poll is one of the records at the position, such as a batch that
   * is damaged on disk, and not one of the connection or of the caller: a retry gives the same.
   */
  public static boolean isDamage(KafkaException e) {
    return e.getClass() == KafkaException.class || e instanceof SerializationException;
  }

  /** Returns what is wrong with the records, of an error that {@link #isDamage} holds for. */
  public static String reason(KafkaException e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return String.valueOf(cause.getMessage());
  }

  private static boolean reached(Consumer<?, ?> consumer, Map<TopicPartition, Long> ends) {
    return ends.entrySet().stream().allMatch(e -> consumer.position(e.getKey()) >= e.getValue());
  }

  private static long positions(Consumer<?, ?> consumer, List<TopicPartition> partitions) {
    return partitions.stream().mapToLong(consumer::position).sum();
  }
}
