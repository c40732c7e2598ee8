package dev.rivulet.schemas.topic;

import dev.rivulet.schemas.topic.TopicReader.Unreadable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * A pass over a partition, from its first record to its end as of the start, that passes over what
 * cannot be read.
 */
final class PartitionPass {
  /*
   * Where a batch is damaged on disk, the consumer fails at its first offset, again and again until
   * it is set behind the batch. The length of the batch is unknown, so the pass tries offset after
   * offset; a try costs one fetch, and a batch of the topics that are read so has few records.
   *
   * Where the length of a batch is damaged, the broker may send nothing, without an error. So does a
   * broker that is gone; it is asked for the partition's end to tell the two apart.
   */
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(200);

  private final org.apache.kafka.clients.consumer.Consumer<String, byte[]> consumer;
  private final TopicPartition partition;
  private @Nullable Unreadable stretch;

  PartitionPass(
      org.apache.kafka.clients.consumer.Consumer<String, byte[]> consumer,
      TopicPartition partition) {
    this.consumer = consumer;
    this.partition = partition;
  }

  void run(Consumer<ConsumerRecord<String, byte[]>> each, Consumer<Unreadable> unreadable) {
    consumer.assign(List.of(partition));
    consumer.seekToBeginning(List.of(partition));
    long end = end();
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    long position = consumer.position(partition);
    while (position < end) {
      if (System.nanoTime() > deadline) {
        end();
        extend(position, end, "nothing comes from the broker, which answers");
        break;
      }
      try {
        ConsumerRecords<String, byte[]> records = consumer.poll(POLL);
        long now = consumer.position(partition);
        if (now > position) {
          report(unreadable);
          records.forEach(each);
          position = now;
          deadline = System.nanoTime() + PATIENCE.toNanos();
        }
      } catch (KafkaException e) {
        if (!TopicReader.isDamage(e)) {
          throw e;
        }
        position = consumer.position(partition);
        extend(position, position + 1, TopicReader.reason(e));
        position++;
        consumer.seek(partition, position);
      }
    }
    report(unreadable);
  }

  private long end() {
    Map<TopicPartition, Long> ends = consumer.endOffsets(List.of(partition));
    return ends.getOrDefault(partition, 0L);
  }

  private void extend(long from, long to, String reason) {
    Unreadable before = stretch;
    stretch =
        before == null
            ? new Unreadable(partition.topic(), partition.partition(), from, to, reason)
            : new Unreadable(
                before.topic(), before.partition(), before.from(), to, before.reason());
  }

  private void report(Consumer<Unreadable> unreadable) {
    if (stretch != null) {
      unreadable.accept(stretch);
      stretch = null;
    }
  }
}
