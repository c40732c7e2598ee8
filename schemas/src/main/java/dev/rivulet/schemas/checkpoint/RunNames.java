package dev.rivulet.schemas.checkpoint;

import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.TopicReader;
import dev.rivulet.schemas.topic.Topics;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.Consumer;

/** The names of the runs that have checkpoints in the log. */
public final class RunNames {
  private RunNames() {}

  /** Reads the names, sorted. */
  public static SortedSet<String> read(KafkaCluster cluster) {
    SortedSet<String> names = new TreeSet<>();
    try (Consumer<String, byte[]> consumer = cluster.consumer("rivulet-run-names")) {
      TopicReader.forEach(
          cluster,
          consumer,
          Topics.CHECKPOINTS,
          (record, manifest) -> names.add(manifest.getRun()));
    }
    return names;
  }
}
