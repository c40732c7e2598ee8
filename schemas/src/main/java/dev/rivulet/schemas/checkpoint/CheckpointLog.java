package dev.rivulet.schemas.checkpoint;

import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.TopicReader;
import dev.rivulet.schemas.topic.Topics;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The manifests of one run, as the log held them when they were read.
 *
 * @param run name of the run
 * @param manifests by checkpoint name
 */
public record CheckpointLog(String run, Map<String, Manifest> manifests) {
  private static final Comparator<Manifest> HISTORY =
      Comparator.comparingInt(Manifest::getEpoch).thenComparingLong(Manifest::getStep);

  /** Returns the name of a checkpoint: the run epoch, and the step with six digits at least. */
  public static String name(int epoch, long step) {
    return "%d-%06d".formatted(epoch, step);
  }

  /** Reads the committed manifests of a run. */
  public static CheckpointLog read(KafkaCluster cluster, String run) {
    Map<String, Manifest> manifests = new TreeMap<>();
    try (Consumer<String, byte[]> consumer = cluster.consumer("rivulet-checkpoint-log")) {
      TopicReader.forEach(
          cluster,
          consumer,
          Topics.CHECKPOINTS,
          (record, manifest) -> {
            if (manifest.getRun().equals(run)) {
              manifests.put(manifest.getCheckpoint(), manifest);
            }
          });
    }
    return new CheckpointLog(run, manifests);
  }

  /** Returns this log with one more manifest. */
  public CheckpointLog with(Manifest manifest) {
    Map<String, Manifest> all = new TreeMap<>(manifests);
    all.put(manifest.getCheckpoint(), manifest);
    return new CheckpointLog(run, all);
  }

  /** Returns the newest checkpoint: the last step of the newest run epoch. */
  public Optional<Manifest> newest() {
    return manifests.values().stream().max(HISTORY);
  }

  /** Returns the run's first checkpoint. */
  public Optional<Manifest> first() {
    return manifests.values().stream().min(HISTORY);
  }

  /**
   * Returns the checkpoint of a name; the run's first when it is null.
   *
   * @throws IllegalArgumentException when the run has no such checkpoint
   */
  public Manifest get(@Nullable String checkpoint) {
    Optional<Manifest> found =
        checkpoint == null ? first() : Optional.ofNullable(manifests.get(checkpoint));
    return found.orElseThrow(
        () ->
            new IllegalArgumentException(
                "run %s has no checkpoint %s; it has %s"
                    .formatted(run, checkpoint, manifests.keySet())));
  }

  /**
   * Returns a checkpoint and its ancestors, the run's first one first.
   *
   * @throws IllegalArgumentException when an ancestor is missing
   */
  public List<Manifest> lineage(Manifest manifest) {
    Deque<Manifest> lineage = new ArrayDeque<>(List.of(manifest));
    while (lineage.element().getParent() != null) {
      lineage.addFirst(get(lineage.element().getParent()));
    }
    return List.copyOf(lineage);
  }
}
