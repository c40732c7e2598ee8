package dev.rivulet.trainer.checkpoint;

import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.RunKey;
import dev.rivulet.schemas.topic.Topics;
import dev.rivulet.trainer.log.LogEntry;
import dev.rivulet.trainer.log.LogTransaction;
import java.time.Instant;
import java.util.Optional;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/** A checkpoint on its way into the log: tensors, then the manifest, and the run's position. */
final class CheckpointEntry implements LogEntry<Manifest> {
  private static final long MANIFEST_BYTES = 1 << 20;

  private final KafkaCluster cluster;
  private final Manifest draft;
  private final @Nullable SnapshotTensors tensors;
  private @Nullable Manifest attempt;

  /**
   * Makes an entry.
   *
   * @param draft the manifest, but for its time, and its tensors where they come with it
   * @param tensors what is to be written before; null when all that the manifest refers to is in
   *     the log
   */
  CheckpointEntry(KafkaCluster cluster, Manifest draft, @Nullable SnapshotTensors tensors) {
    this.cluster = cluster;
    this.draft = draft;
    this.tensors = tensors;
  }

  @Override
  public String name() {
    return "checkpoint " + draft.getCheckpoint();
  }

  @Override
  public long bytes() {
    return MANIFEST_BYTES + (tensors == null ? 0 : tensors.bytes());
  }

  @Override
  public Manifest write(LogTransaction transaction) {
    Manifest.Builder manifest = Manifest.newBuilder(draft).setTimestamp(Instant.now());
    if (tensors != null) {
      tensors.send(transaction, manifest);
    }
    return publish(transaction, manifest.build());
  }

  private Manifest publish(LogTransaction transaction, Manifest manifest) {
    attempt = manifest;
    transaction.put(record(manifest));
    transaction.commitOffsets(manifest.getOffsets());
    return manifest;
  }

  /** Returns the manifest as the log gets it. */
  private ProducerRecord<String, byte[]> record(Manifest manifest) {
    return cluster.record(
        Topics.CHECKPOINTS, RunKey.of(manifest.getRun(), manifest.getCheckpoint()), manifest);
  }

  @Override
  public Optional<Manifest> committed() {
    CheckpointLog log = CheckpointLog.read(cluster, draft.getRun());
    return Optional.ofNullable(attempt)
        .filter(
            tried -> {
              Manifest there = log.manifests().get(tried.getCheckpoint());
              return there != null
                  && there.getCause() == tried.getCause()
                  && there.getTimestamp().toEpochMilli() == tried.getTimestamp().toEpochMilli();
            });
  }
}
