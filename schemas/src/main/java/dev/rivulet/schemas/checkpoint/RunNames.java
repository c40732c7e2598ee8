package dev.rivulet.schemas.checkpoint;

import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.RunKey;
import dev.rivulet.schemas.topic.TopicReader;
import dev.rivulet.schemas.topic.Topics;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.Consumer;

/** The names of the runs that have checkpoints in the log. */
public final class RunNames {
  private RunNames() {}

  /** Reads the names, sorted; of runs whose manifests are damaged, too. */
  public static SortedSet<String> read(KafkaCluster cluster) {
    SortedSet<String> names = new TreeSet<>();
    try (Consumer<String, byte[]> consumer = cluster.consumer("rivulet-run-names")) {
      TopicReader.forEachSound(
          consumer,
          cluster.name(Topics.CHECKPOINTS),
          record -> {
            if (record.key() != null && record.value() != null) {
              names.add(RunKey.run(record.key()));
            }
          },
          stretch -> {});
    }
    return names;
  }
}
