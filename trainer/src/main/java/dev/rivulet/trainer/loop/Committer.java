package dev.rivulet.trainer.loop;

import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.checkpoint.TensorPublication;
import dev.rivulet.schemas.codec.LittleEndian;
import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.DType;
import dev.rivulet.schemas.record.Factor;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.TensorChunk;
import dev.rivulet.schemas.topic.RunKey;
import dev.rivulet.schemas.topic.Topic;
import dev.rivulet.schemas.topic.Topics;
import dev.rivulet.trainer.factor.HostTensor;
import dev.rivulet.trainer.factor.LayerFactor;
import dev.rivulet.trainer.method.Snapshot;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.producer.Producer;

/**
 * The writer of checkpoints: chunks, manifest and position in one transaction.
 *
 * <p>What sets a checkpoint apart comes as a manifest without tensors; this adds where the tensors
 * lie.
 */
final class Committer {
  private final RunLog log;
  private final BatchStream batches;

  /**
   * Makes the writer of a run.
   *
   * @param batches its group is told each checkpoint's position
   */
  Committer(RunLog log, BatchStream batches) {
    this.log = log;
    this.batches = batches;
  }

  private record FactorPublication(
      LayerFactor factor, TensorPublication left, TensorPublication right) {
    Factor ref() {
      return new Factor(
          factor.layer(), factor.refresh(), factor.scale(), left.ref(), right.ref(), null);
    }
  }

  /**
   * Commits a checkpoint with new tensors.
   *
   * @param draft everything but name, time and tensors
   * @return the manifest as it was committed
   */
  Manifest commit(Manifest draft, Snapshot snapshot) {
    String checkpoint = CheckpointLog.name(draft.getEpoch(), draft.getStep());
    return log.transaction(
        producer -> {
          List<FactorPublication> sealed =
              snapshot.sealed().stream()
                  .map(factor -> send(producer, checkpoint, "sealed", factor))
                  .toList();
          List<FactorPublication> open =
              snapshot.open().stream()
                  .map(factor -> send(producer, checkpoint, "open", factor))
                  .toList();
          List<TensorPublication> dense =
              snapshot.dense().stream()
                  .map(tensor -> send(producer, Topics.FACTORS, checkpoint, tensor.name(), tensor))
                  .toList();
          List<TensorPublication> state =
              snapshot.state().stream()
                  .map(tensor -> send(producer, Topics.STATE, checkpoint, tensor.name(), tensor))
                  .toList();
          Optional<TensorPublication> scalars =
              snapshot.scalars().map(bytes -> send(producer, checkpoint, bytes));
          producer.flush();
          Manifest manifest =
              Manifest.newBuilder(draft)
                  .setCheckpoint(checkpoint)
                  .setTimestamp(Instant.now())
                  .setSealed(sealed.stream().map(FactorPublication::ref).toList())
                  .setOpen(open.stream().map(FactorPublication::ref).toList())
                  .setDense(dense.stream().map(TensorPublication::ref).toList())
                  .setState(state.stream().map(TensorPublication::ref).toList())
                  .setScalars(scalars.map(TensorPublication::ref).orElse(null))
                  .setCounters(snapshot.counters())
                  .build();
          return publish(manifest);
        });
  }

  /**
   * Opens a new run epoch at an older checkpoint: commits a manifest that points to its tensors.
   *
   * @param draft the older manifest, with the new epoch, position and settings
   */
  Manifest reopen(Manifest draft, Manifest target, Cause cause) {
    return log.transaction(
        producer ->
            publish(
                Manifest.newBuilder(draft)
                    .setCheckpoint(CheckpointLog.name(draft.getEpoch(), draft.getStep()))
                    .setParent(target.getCheckpoint())
                    .setTimestamp(Instant.now())
                    .setCause(cause)
                    .setSealed(List.of())
                    .setScalars(null)
                    .build()));
  }

  /** Commits a manifest again, under its name, with another cause. */
  Manifest restate(Manifest manifest, Cause cause) {
    return log.transaction(
        producer ->
            publish(
                Manifest.newBuilder(manifest).setTimestamp(Instant.now()).setCause(cause).build()));
  }

  private Manifest publish(Manifest manifest) {
    log.send(
        log.cluster()
            .record(Topics.CHECKPOINTS, RunKey.of(log.run(), manifest.getCheckpoint()), manifest));
    log.mirrorOffsets(manifest.getOffsets(), batches.group());
    return manifest;
  }

  private FactorPublication send(
      Producer<String, byte[]> producer, String checkpoint, String role, LayerFactor factor) {
    String name = "%s/%d/%s".formatted(role, factor.refresh(), factor.layer());
    return new FactorPublication(
        factor,
        send(producer, Topics.FACTORS, checkpoint, name + ".L", factor.left()),
        send(producer, Topics.FACTORS, checkpoint, name + ".R", factor.right()));
  }

  private TensorPublication send(
      Producer<String, byte[]> producer, String checkpoint, byte[] scalars) {
    return TensorPublication.send(
        log.cluster(),
        producer,
        Topics.FACTORS,
        log.run(),
        checkpoint,
        "scalars",
        DType.U8,
        List.of((long) scalars.length),
        scalars);
  }

  private TensorPublication send(
      Producer<String, byte[]> producer,
      Topic<TensorChunk> topic,
      String checkpoint,
      String name,
      HostTensor tensor) {
    return TensorPublication.send(
        log.cluster(),
        producer,
        topic,
        log.run(),
        checkpoint,
        name,
        DType.F32,
        tensor.shape(),
        LittleEndian.bytes(tensor.values()));
  }
}
