package dev.rivulet.schemas.topic;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
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
   * @param consumer is assigned anew, and left at the end of the pass
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

  private static boolean reached(Consumer<?, ?> consumer, Map<TopicPartition, Long> ends) {
    return ends.entrySet().stream().allMatch(e -> consumer.position(e.getKey()) >= e.getValue());
  }

  private static long positions(Consumer<?, ?> consumer, List<TopicPartition> partitions) {
    return partitions.stream().mapToLong(consumer::position).sum();
  }
}
