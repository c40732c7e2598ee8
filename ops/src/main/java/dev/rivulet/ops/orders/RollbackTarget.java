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

/** What a checkpoint must be for a run to go on from it. */
public final class RollbackTarget {
  private RollbackTarget() {}

  /**
   * Checks that a checkpoint is whole, back to a snapshot or the base model, and that the batches
   * after it are still there. It reads every tensor.
   *
   * @param snapshots of the run
   * @throws RunException when it is not, or they are not
   */
  public static void requireSound(
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
          "checkpoint %s cannot be gone back to: %s; `rivulet verify` tells which can"
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
              "checkpoint %s goes on at %s, partition %d, offset %d, and retention has deleted all before %d: choose a newer checkpoint"
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
