package dev.rivulet.ops.status;

import dev.rivulet.ops.status.board.RunBoard;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topic;
import dev.rivulet.schemas.topic.TopicReader;
import dev.rivulet.schemas.topic.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that reads the committed records of the run topics from their beginning into a board. It
 * has no consumer group and writes nothing to Kafka. It skips a record that cannot be decoded, logs
 * it with its topic, partition and offset, and reports it to a listener.
 */
final class BoardReader implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BoardReader.class);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final long RETRY_MILLIS = 1_000;

  /** A topic, and the board's method for its values. */
  private record Source<T>(Topic<T> topic, BiConsumer<RunBoard, T> fold) {
    void read(ConsumerRecord<String, byte[]> record, RunBoard board) {
      T value = topic.decode(record);
      try {
        fold.accept(board, value);
      } catch (UsageException e) {
        throw new SerializationException(
            "%s, partition %d, offset %d: %s"
                .formatted(record.topic(), record.partition(), record.offset(), e.getMessage()),
            e);
      }
    }
  }

  private static final List<Source<?>> SOURCES =
      List.of(
          new Source<>(Topics.STEPS, RunBoard::apply),
          new Source<>(Topics.SPECTRUM, RunBoard::apply),
          new Source<>(Topics.RANKS, RunBoard::apply),
          new Source<>(Topics.CONTROL, RunBoard::apply),
          new Source<>(Topics.CHECKPOINTS, RunBoard::apply));

  private final KafkaCluster cluster;
  private final RunBoard board;
  private final Consumer<String> unreadable;
  private final Map<String, Source<?>> sources = new HashMap<>();
  private final KafkaConsumer<String, byte[]> consumer;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread = new Thread(this::run, "status-reader");
  private volatile boolean caughtUp;
  private volatile @Nullable String trouble;

  /**
   * Creates a reader; {@link #start} starts its thread.
   *
   * @param unreadable receives the full topic name of each record that cannot be decoded
   */
  BoardReader(KafkaCluster cluster, RunBoard board, Consumer<String> unreadable) {
    this.cluster = cluster;
    this.board = board;
    this.unreadable = unreadable;
    SOURCES.forEach(source -> sources.put(cluster.name(source.topic()), source));
    consumer = cluster.consumer("rivulet-status");
  }

  void start() {
    thread.setDaemon(true);
    thread.start();
  }

  /** Returns whether the thread runs. */
  boolean alive() {
    return thread.isAlive();
  }

  /** Returns whether all records from before the start have been read. */
  boolean caughtUp() {
    return caughtUp;
  }

  /** Returns why reading fails; null while it works. */
  @Nullable String trouble() {
    return trouble;
  }

  private void run() {
    try (consumer) {
      Map<TopicPartition, Long> ends = Map.of();
      while (closing.getCount() > 0) {
        try {
          if (ends.isEmpty()) {
            ends = assign();
          }
          for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
            read(record);
          }
          board.publish();
          caughtUp = caughtUp || reached(ends);
          trouble = null;
        } catch (OffsetOutOfRangeException e) {
          LOG.warn(
              "retention deleted records before the status reader read them: {}", e.getMessage());
          consumer.seekToBeginning(e.partitions());
        } catch (WakeupException | InterruptException e) {
          return;
        } catch (KafkaException e) {
          report(e);
          if (closing.await(RETRY_MILLIS, TimeUnit.MILLISECONDS)) {
            return;
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void report(KafkaException e) {
    String now = String.valueOf(e.getMessage());
    if (!now.equals(trouble)) {
      LOG.warn("cannot read from {}, retrying: {}", cluster, now);
    }
    trouble = now;
  }

  private Map<TopicPartition, Long> assign() {
    List<TopicPartition> partitions = new ArrayList<>();
    for (String topic : sources.keySet()) {
      List<TopicPartition> found = TopicReader.partitions(consumer, topic);
      if (found.isEmpty()) {
        throw new UnknownTopicOrPartitionException("no partitions of " + topic);
      }
      partitions.addAll(found);
    }
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    return consumer.endOffsets(partitions);
  }

  private boolean reached(Map<TopicPartition, Long> ends) {
    return ends.entrySet().stream().allMatch(e -> consumer.position(e.getKey()) >= e.getValue());
  }

  private void read(ConsumerRecord<String, byte[]> record) {
    Source<?> source = sources.get(record.topic());
    if (source == null) {
      throw new IllegalStateException("a record of the unassigned topic " + record.topic());
    }
    try {
      if (record.value() != null) {
        source.read(record, board);
      } else if (source.topic().equals(Topics.CHECKPOINTS)) {
        board.forgetCheckpoint(record.key());
      }
    } catch (SerializationException e) {
      LOG.warn("skipped a record: {}", e.getMessage());
      unreadable.accept(record.topic());
    }
  }

  /** Ends the thread and its consumer. */
  @Override
  public void close() {
    closing.countDown();
    consumer.wakeup();
    if (!thread.isAlive()) {
      consumer.close();
      return;
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
