package dev.rivulet.trainer.stream;

import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.RunPartitioner;
import dev.rivulet.schemas.topic.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/**
 * The records that come to a run's partition of a topic from now on.
 *
 * <p>Not thread-safe, except {@link #wakeup}.
 */
public final class LiveTail<T> implements AutoCloseable {
  private final Topic<T> topic;
  private final KafkaConsumer<String, byte[]> consumer;

  public LiveTail(KafkaCluster cluster, Topic<T> topic, String run) {
    this.topic = topic;
    consumer = cluster.consumer("rivulet-" + topic.name());
    String name = cluster.name(topic);
    int partitions = consumer.partitionsFor(name).size();
    TopicPartition partition = new TopicPartition(name, RunPartitioner.partition(run, partitions));
    consumer.assign(List.of(partition));
    consumer.seekToEnd(List.of(partition));
    // Seeking is lazy: asking for the position fixes it now.
    consumer.position(partition);
  }

  /** Returns what has come, waiting at most for the given time when nothing has. */
  public List<T> poll(Duration wait) {
    List<T> records = new ArrayList<>();
    consumer.poll(wait).forEach(record -> records.add(topic.decode(record)));
    return records;
  }

  /** Makes a waiting {@link #poll} throw; from any thread. */
  public void wakeup() {
    consumer.wakeup();
  }

  @Override
  public void close() {
    consumer.close();
  }
}
