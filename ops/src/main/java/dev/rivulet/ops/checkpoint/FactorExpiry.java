package dev.rivulet.ops.checkpoint;

import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.checkpoint.ManifestTensors;
import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.record.ChunkRef;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.TensorRef;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.TopicReader;
import dev.rivulet.schemas.topic.Topics;
import dev.rivulet.schemas.version.Snapshots;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/**
 * The deletion of factors that a snapshot replaces: all records of the factors topic before the
 * first one that a kept checkpoint needs.
 *
 * <p>The snapshot's checkpoint and its descendants are kept; without a snapshot, all checkpoints of
 * a run are. Every other checkpoint becomes unusable when the records are deleted.
 */
public final class FactorExpiry {
  private final KafkaCluster cluster;

  /**
   * The records to delete.
   *
   * @param limits first offset that is kept, by partition
   * @param records number of offsets before the limits
   * @param givenUp checkpoints of the run that become unusable
   */
  public record Plan(Map<TopicPartition, Long> limits, long records, Set<String> givenUp) {}

  public FactorExpiry(KafkaCluster cluster) {
    this.cluster = cluster;
  }

  /**
   * Plans the deletion for a run.
   *
   * @param checkpoint a checkpoint with a sound snapshot
   * @throws RunException when another run needs one of the records; the message names it
   */
  public Plan plan(CheckpointLog log, String checkpoint) {
    List<Manifest> kept = kept(log, checkpoint);
    Map<TopicPartition, Long> limits = new HashMap<>();
    kept.stream()
        .flatMap(manifest -> needed(manifest, checkpoint))
        .forEach(chunk -> limits.merge(partition(chunk), chunk.getOffset(), Math::min));
    Map<TopicPartition, Long> begins = begins(limits.keySet());
    limits.entrySet().removeIf(limit -> limit.getValue() <= offset(begins, limit.getKey()));
    for (String other : otherRuns(log.run())) {
      requireNotNeeded(other, limits, begins);
    }
    long records =
        limits.entrySet().stream()
            .mapToLong(limit -> limit.getValue() - offset(begins, limit.getKey()))
            .sum();
    Set<String> givenUp = new TreeSet<>(log.manifests().keySet());
    kept.forEach(manifest -> givenUp.remove(manifest.getCheckpoint()));
    return new Plan(limits, records, givenUp);
  }

  /** Returns a checkpoint and its descendants. */
  private static List<Manifest> kept(CheckpointLog log, String checkpoint) {
    return log.manifests().values().stream()
        .filter(manifest -> log.gap(manifest).isEmpty())
        .filter(
            manifest ->
                log.lineage(manifest).stream()
                    .anyMatch(it -> it.getCheckpoint().equals(checkpoint)))
        .toList();
  }

  /** Returns the chunks of factors that a checkpoint adds, without those in a snapshot. */
  private Stream<ChunkRef> needed(Manifest manifest, @Nullable String snapshot) {
    Manifest without =
        manifest.getCheckpoint().equals(snapshot)
            ? Manifest.newBuilder(manifest).setSealed(List.of()).build()
            : manifest;
    String factors = cluster.name(Topics.FACTORS);
    return ManifestTensors.ofModel(without)
        .map(TensorRef::getChunks)
        .flatMap(List::stream)
        .filter(chunk -> chunk.getTopic().equals(factors));
  }

  private static TopicPartition partition(ChunkRef chunk) {
    return new TopicPartition(chunk.getTopic(), chunk.getPartition());
  }

  private Map<TopicPartition, Long> begins(Set<TopicPartition> partitions) {
    try (KafkaConsumer<String, byte[]> consumer = cluster.consumer("rivulet-rebase")) {
      return consumer.beginningOffsets(partitions);
    }
  }

  private static long offset(Map<TopicPartition, Long> offsets, TopicPartition partition) {
    Long offset = offsets.get(partition);
    return offset == null ? 0 : offset;
  }

  private Set<String> otherRuns(String run) {
    Set<String> runs = new TreeSet<>();
    try (KafkaConsumer<String, byte[]> consumer = cluster.consumer("rivulet-rebase")) {
      TopicReader.forEach(
          cluster, consumer, Topics.CHECKPOINTS, (record, manifest) -> runs.add(manifest.getRun()));
    }
    runs.remove(run);
    return runs;
  }

  private void requireNotNeeded(
      String run, Map<TopicPartition, Long> limits, Map<TopicPartition, Long> begins) {
    CheckpointLog log = CheckpointLog.read(cluster, run);
    String snapshot =
        Snapshots.read(cluster, run, warning -> {}).all().stream()
            .map(it -> it.getCheckpoint())
            .findFirst()
            .orElse(null);
    List<Manifest> kept =
        snapshot == null ? List.copyOf(log.manifests().values()) : kept(log, snapshot);
    for (Manifest manifest : kept) {
      needed(manifest, snapshot)
          .filter(chunk -> chunk.getOffset() >= offset(begins, partition(chunk)))
          .filter(chunk -> chunk.getOffset() < offset(limits, partition(chunk)))
          .findFirst()
          .ifPresent(
              chunk -> {
                throw new RunException(
                    "nothing is deleted: checkpoint %s of run %s needs %s, partition %d, offset %d, which would be deleted; rebase that run first"
                        .formatted(
                            manifest.getCheckpoint(),
                            run,
                            chunk.getTopic(),
                            chunk.getPartition(),
                            chunk.getOffset()));
              });
    }
  }

  /**
   * Deletes the records of a plan.
   *
   * @throws KafkaException when the cluster refuses
   */
  public void delete(Plan plan) {
    try (Admin admin = cluster.admin()) {
      admin
          .deleteRecords(
              plan.limits().entrySet().stream()
                  .collect(
                      Collectors.toMap(
                          Map.Entry::getKey,
                          limit -> RecordsToDelete.beforeOffset(limit.getValue()))))
          .all()
          .get();
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    } catch (ExecutionException e) {
      throw new KafkaException("the factors were not deleted", e.getCause());
    }
  }
}
