package dev.rivulet.trainer.checkpoint;

import dev.rivulet.schemas.checkpoint.ChunkedTensor;
import dev.rivulet.schemas.checkpoint.ManifestTensors;
import dev.rivulet.schemas.checkpoint.TensorPublication;
import dev.rivulet.schemas.fold.LayerFactor;
import dev.rivulet.schemas.fold.LowRank;
import dev.rivulet.schemas.record.DType;
import dev.rivulet.schemas.record.Factor;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.TensorChunk;
import dev.rivulet.schemas.record.TensorRef;
import dev.rivulet.schemas.topic.Topic;
import dev.rivulet.schemas.topic.Topics;
import dev.rivulet.trainer.factor.HostTensor;
import dev.rivulet.trainer.log.LogTransaction;
import dev.rivulet.trainer.method.Snapshot;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The tensors of a snapshot, which are sent to the log chunk by chunk.
 *
 * <p>A factor or a dense tensor that the parent checkpoint already has, byte for byte, is not sent
 * again: the manifest refers to the parent's. So the basis of an overlay is written once, and the
 * sealed factor refers to it. Optimizer state is always sent: its retention is short, and a
 * checkpoint must not depend on what an older one wrote.
 */
final class SnapshotTensors {
  private final Snapshot snapshot;
  private final Map<String, TensorRef> ofParent = new HashMap<>();

  /**
   * Makes the tensors of a checkpoint.
   *
   * @param parent the checkpoint that it continues, with its tensors
   */
  SnapshotTensors(Snapshot snapshot, Optional<Manifest> parent) {
    this.snapshot = snapshot;
    parent.stream()
        .flatMap(ManifestTensors::ofModel)
        .forEach(ref -> ofParent.put(ref.getName(), ref));
  }

  /** Returns the bytes of all tensors, including those that are already in the log. */
  long bytes() {
    long factors =
        Stream.concat(snapshot.sealed().stream(), snapshot.open().stream())
            .map(LayerFactor::update)
            .mapToLong(update -> (long) update.left().length + update.right().length)
            .sum();
    long others =
        Stream.concat(snapshot.dense().stream(), snapshot.state().stream())
            .mapToLong(tensor -> tensor.values().length)
            .sum();
    return Float.BYTES * (factors + others)
        + snapshot.scalars().map(scalars -> scalars.length).orElse(0);
  }

  /** Sends what the log lacks, waits for it, and adds references to all tensors to a manifest. */
  void send(LogTransaction transaction, Manifest.Builder manifest) {
    String checkpoint = manifest.getCheckpoint();
    String run = manifest.getRun();
    Sender sender = new Sender(transaction, run, checkpoint);
    List<Supplier<Factor>> sealed = snapshot.sealed().stream().map(sender::factor).toList();
    List<Supplier<Factor>> open = snapshot.open().stream().map(sender::factor).toList();
    List<Supplier<TensorRef>> dense =
        snapshot.dense().stream()
            .map(tensor -> sender.lasting(tensor.name(), chunked(tensor)))
            .toList();
    List<Supplier<TensorRef>> state =
        snapshot.state().stream()
            .map(tensor -> sender.send(Topics.STATE, chunked(tensor)))
            .toList();
    Optional<Supplier<TensorRef>> scalars =
        snapshot
            .scalars()
            .map(
                bytes ->
                    sender.send(
                        Topics.FACTORS,
                        ChunkedTensor.of(
                            "scalars", DType.U8, List.of((long) bytes.length), bytes)));
    transaction.producer().flush();
    manifest
        .setSealed(all(sealed))
        .setOpen(all(open))
        .setDense(all(dense))
        .setState(all(state))
        .setScalars(scalars.map(Supplier::get).orElse(null))
        .setCounters(snapshot.counters());
  }

  private static <T> List<T> all(List<Supplier<T>> sent) {
    return sent.stream().map(Supplier::get).toList();
  }

  private static ChunkedTensor chunked(HostTensor tensor) {
    return ChunkedTensor.of(tensor.name(), tensor.shape(), tensor.values());
  }

  /** Sends the tensors of one attempt. The returned references are available after a flush. */
  private final class Sender {
    private final LogTransaction transaction;
    private final String run;
    private final String checkpoint;

    Sender(LogTransaction transaction, String run, String checkpoint) {
      this.transaction = transaction;
      this.run = run;
      this.checkpoint = checkpoint;
    }

    Supplier<Factor> factor(LayerFactor factor) {
      String name = "%d/%s".formatted(factor.refresh(), factor.layer());
      LowRank update = factor.update();
      Supplier<TensorRef> left = lasting(name + ".L", update.in(), update.rank(), update.left());
      Supplier<TensorRef> right = lasting(name + ".R", update.rank(), update.out(), update.right());
      return () ->
          new Factor(
              factor.layer(),
              factor.refresh(),
              update.scale(),
              left.get(),
              right.get(),
              factor.rounding().key());
    }

    private Supplier<TensorRef> lasting(String name, int rows, int columns, float[] values) {
      return lasting(name, ChunkedTensor.of(name, List.of((long) rows, (long) columns), values));
    }

    /** Sends a tensor, unless the parent has it already. */
    Supplier<TensorRef> lasting(String name, ChunkedTensor tensor) {
      TensorRef before = ofParent.get(name);
      return before != null && tensor.isAt(before) ? () -> before : send(Topics.FACTORS, tensor);
    }

    Supplier<TensorRef> send(Topic<TensorChunk> topic, ChunkedTensor tensor) {
      return TensorPublication.send(
              transaction.cluster(), transaction::send, topic, run, checkpoint, tensor)
          ::ref;
    }
  }
}
