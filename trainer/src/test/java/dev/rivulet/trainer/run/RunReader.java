package dev.rivulet.trainer.run;

import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.Step;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.TopicReader;
import dev.rivulet.schemas.topic.Topics;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.kafka.clients.consumer.Consumer;

/** The records of a run in the log. */
public record RunReader(KafkaCluster cluster, String run) {

  /** Returns all steps in the order of the log. */
  public List<Step> steps() {
    List<Step> steps = new ArrayList<>();
    try (Consumer<String, byte[]> consumer = cluster.consumer("test")) {
      TopicReader.forEach(
          cluster,
          consumer,
          Topics.STEPS,
          (record, step) -> {
            if (step.getRun().equals(run)) {
              steps.add(step);
            }
          });
    }
    return steps;
  }

  /** Returns all checkpoints, oldest first. */
  public List<Manifest> checkpoints() {
    return CheckpointLog.read(cluster, run).manifests().values().stream()
        .sorted(Comparator.comparingInt(Manifest::getEpoch).thenComparingLong(Manifest::getStep))
        .toList();
  }
}
