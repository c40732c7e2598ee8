package dev.rivulet.schemas.checkpoint;

import dev.rivulet.schemas.record.ChunkRef;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.TopicReader;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The records that chunk references point to, read one partition at a time. */
final class ChunkRecords implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(200);

  /**
   * How long a fetch may wait at the end of a partition. What is read is there already; and a fetch
   * that runs ahead of the last record keeps the next one, elsewhere, from being sent.
   */
  private static final int FETCH_MILLIS = 5;

  private final KafkaCluster cluster;
  private final Consumer<String, byte[]> consumer;
  private final Deque<ConsumerRecord<String, byte[]>> fetched = new ArrayDeque<>();
  private @Nullable TopicPartition assigned;

  ChunkRecords(KafkaCluster cluster) {
    this.cluster = cluster;
    consumer =
        cluster.consumer(
            "rivulet-tensor-reader", Map.of(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, FETCH_MILLIS));
  }

  /**
   * Returns the record of a chunk.
   *
   * @throws DamagedTensorException when there is none, or it cannot be read
   * @throws TimeoutException when the broker does not answer, or an open transaction is in the way
   */
  ConsumerRecord<String, byte[]> read(String tensor, ChunkRef at) {
    TopicPartition partition = new TopicPartition(at.getTopic(), at.getPartition());
    if (!partition.equals(assigned)) {
      requireTopic(tensor, at);
      consumer.assign(List.of(partition));
      assigned = partition;
      fetched.clear();
      consumer.seek(partition, at.getOffset());
    }
    while (!fetched.isEmpty() && fetched.element().offset() < at.getOffset()) {
      fetched.remove();
    }
    long next = fetched.isEmpty() ? consumer.position(partition) : fetched.element().offset();
    if (next != at.getOffset()) {
      fetched.clear();
      consumer.seek(partition, at.getOffset());
    }
    if (fetched.isEmpty()) {
      fetch(tensor, at, partition);
    }
    ConsumerRecord<String, byte[]> record = fetched.poll();
    if (record == null || record.offset() != at.getOffset()) {
      throw new DamagedTensorException(tensor, at, "no such record");
    }
    return record;
  }

  private void requireTopic(String tensor, ChunkRef at) {
    boolean there =
        consumer.partitionsFor(at.getTopic()).stream()
            .anyMatch(partition -> partition.partition() == at.getPartition());
    if (!there) {
      throw new DamagedTensorException(tensor, at, "no such partition");
    }
  }

  /** Polls until a record comes, or the position is behind the chunk. */
  private void fetch(String tensor, ChunkRef at, TopicPartition partition) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    try {
      while (fetched.isEmpty() && consumer.position(partition) <= at.getOffset()) {
        consumer.poll(POLL).forEach(fetched::add);
        if (fetched.isEmpty()) {
          requireThere(tensor, at, partition, System.nanoTime() > deadline);
        }
      }
    } catch (OffsetOutOfRangeException e) {
      throw outOfRange(tensor, at, partition);
    } catch (KafkaException e) {
      if (TopicReader.isDamage(e)) {
        throw new DamagedTensorException(tensor, at, TopicReader.reason(e));
      }
      throw e;
    }
  }

  private DamagedTensorException outOfRange(String tensor, ChunkRef at, TopicPartition partition) {
    long beginning = first(consumer.beginningOffsets(List.of(partition)));
    return at.getOffset() < beginning
        ? DamagedTensorException.expired(tensor, at, beginning)
        : new DamagedTensorException(
            tensor, at, "the topic ends before it: it was truncated or created again");
  }

  /** Looks for the reason why nothing comes, and returns while it may still come. */
  private void requireThere(String tensor, ChunkRef at, TopicPartition partition, boolean late) {
    Map<String, Object> all = Map.of(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_uncommitted");
    if (at.getOffset() < first(consumer.endOffsets(List.of(partition)))) {
      if (late) {
        throw new DamagedTensorException(
            tensor, at, "nothing comes from the broker, which answers");
      }
      return;
    }
    try (Consumer<String, byte[]> other = cluster.consumer("rivulet-tensor-reader", all)) {
      if (at.getOffset() >= first(other.endOffsets(List.of(partition)))) {
        throw new DamagedTensorException(
            tensor, at, "the topic ends before it: it was truncated or created again");
      }
    }
    if (late) {
      throw new TimeoutException(
          "an open transaction holds back %s, partition %d, offset %d for more than 30 s"
              .formatted(at.getTopic(), at.getPartition(), at.getOffset()));
    }
  }

  private static long first(Map<TopicPartition, Long> offsets) {
    return offsets.values().iterator().next();
  }

  @Override
  public void close() {
    consumer.close();
  }
}
