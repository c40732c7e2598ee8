package dev.rivulet.schemas.topic;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.kafka.clients.producer.Partitioner;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * A partitioner that keeps all records of one run (or stream) in one partition: it hashes the key
 * up to the first slash, so {@code run/layer} lands where {@code run} does.
 */
public final class RunPartitioner implements Partitioner {

  /** Returns the partition, in [0, partitions), of a key. */
  public static int partition(String key, int partitions) {
    int slash = key.indexOf('/');
    String run = slash < 0 ? key : key.substring(0, slash);
    return Utils.toPositive(Utils.murmur2(run.getBytes(StandardCharsets.UTF_8))) % partitions;
  }

  @Override
  public int partition(
      String topic,
      @Nullable Object key,
      byte @Nullable [] keyBytes,
      @Nullable Object value,
      byte @Nullable [] valueBytes,
      Cluster cluster) {
    return partition(key == null ? "" : key.toString(), cluster.partitionCountForTopic(topic));
  }

  @Override
  public void configure(Map<String, ?> configs) {}

  @Override
  public void close() {}
}
