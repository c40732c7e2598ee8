package dev.rivulet.ops.orders;

import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.checkpoint.DamagedTensorException;
import dev.rivulet.schemas.checkpoint.ManifestTensors;
import dev.rivulet.schemas.checkpoint.TensorReader;
import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.TensorRef;
import dev.rivulet.schemas.record.TopicOffset;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.version.Snapshots;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;

/** The check that a run can resume from a checkpoint. */
final class RollbackTarget {
  private RollbackTarget() {}

  /**
   * Reads and verifies every tensor of a checkpoint, back to a snapshot or the base model, and
   * checks that the batches after the checkpoint still exist.
   *
   * @param snapshots of the run
   * @throws RunException when a tensor is damaged, or the batches after it are gone
   */
  static void requireSound(
      KafkaCluster cluster, CheckpointLog log, Snapshots snapshots, Manifest manifest) {
    requireBatches(cluster, manifest);
    List<Manifest> lineage = log.lineage(manifest);
    Stream<TensorRef> inherited =
        snapshots.newest(log, manifest).map(start -> start.rest(lineage)).orElse(lineage).stream()
            .flatMap(ManifestTensors::lasting);
    Stream<TensorRef> own =
        Stream.concat(ManifestTensors.current(manifest), manifest.getState().stream());
    List<TensorRef> tensors = Stream.concat(inherited, own).toList();
    try (TensorReader reader = new TensorReader(cluster)) {
      tensors.forEach(reader::bytes);
    } catch (DamagedTensorException e) {
      throw new RunException(
          "the run cannot return to checkpoint %s: %s; `rivulet verify` reports the newest sound one"
              .formatted(manifest.getCheckpoint(), e.getMessage()),
          e);
    }
  }

  private static void requireBatches(KafkaCluster cluster, Manifest manifest) {
    try (Consumer<String, byte[]> consumer = cluster.consumer("rivulet-rollback")) {
      for (TopicOffset at : manifest.getOffsets()) {
        TopicPartition partition = new TopicPartition(at.getTopic(), at.getPartition());
        Long first = consumer.beginningOffsets(List.of(partition)).get(partition);
        if (first != null && first > at.getOffset()) {
          throw new RunException(
              "checkpoint %s resumes at %s, partition %d, offset %d, but retention has deleted every batch before offset %d: choose a newer checkpoint"
                  .formatted(
                      manifest.getCheckpoint(),
                      at.getTopic(),
                      at.getPartition(),
                      at.getOffset(),
                      first));
        }
      }
    }
  }
}
