package dev.rivulet.trainer.checkpoint;

import dev.rivulet.schemas.checkpoint.ChunkedTensor;
import dev.rivulet.schemas.checkpoint.ManifestTensors;
import dev.rivulet.schemas.checkpoint.TensorPublication;
import dev.rivulet.schemas.record.DType;
import dev.rivulet.schemas.record.Factor;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.TensorChunk;
import dev.rivulet.schemas.record.TensorRef;
import dev.rivulet.schemas.topic.Topic;
import dev.rivulet.schemas.topic.Topics;
import dev.rivulet.trainer.factor.HostTensor;
import dev.rivulet.trainer.factor.LayerFactor;
import dev.rivulet.trainer.log.LogTransaction;
import dev.rivulet.trainer.method.Snapshot;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The tensors of a snapshot on their way into the log, each chunk by chunk.
 *
 * <p>A factor or a dense tensor that the parent has already, byte for byte, is not sent again: the
 * manifest refers to the parent's. So the basis of an overlay is written once, and its sealed
 * factor has it from there. Optimizer state is always sent: it is kept for a while only, and a
 * checkpoint must not hang on what an older one wrote.
 */
final class SnapshotTensors {
  private final Snapshot snapshot;
  private final Map<String, TensorRef> there = new HashMap<>();

  /**
   * Makes the tensors of a checkpoint.
   *
   * @param parent the checkpoint that it continues, with its tensors
   */
  SnapshotTensors(Snapshot snapshot, Optional<Manifest> parent) {
    this.snapshot = snapshot;
    parent.stream().flatMap(ManifestTensors::ofModel).forEach(ref -> there.put(ref.getName(), ref));
  }

  /** Returns the bytes of all tensors, those that are in the log already included. */
  long bytes() {
    Stream<HostTensor> factors =
        Stream.concat(snapshot.sealed().stream(), snapshot.open().stream())
            .flatMap(factor -> Stream.of(factor.left(), factor.right()));
    Stream<HostTensor> others = Stream.concat(snapshot.dense().stream(), snapshot.state().stream());
    return Stream.concat(factors, others)
            .mapToLong(tensor -> (long) Float.BYTES * tensor.values().length)
            .sum()
        + snapshot.scalars().map(scalars -> scalars.length).orElse(0);
  }

  /** Sends what is not there, waits until it is, and puts into a manifest where all tensors lie. */
  void send(LogTransaction transaction, Manifest.Builder manifest) {
    String checkpoint = manifest.getCheckpoint();
    String run = manifest.getRun();
    Sender sender = new Sender(transaction, run, checkpoint);
    List<Supplier<Factor>> sealed = snapshot.sealed().stream().map(sender::factor).toList();
    List<Supplier<Factor>> open = snapshot.open().stream().map(sender::factor).toList();
    List<Supplier<TensorRef>> dense =
        snapshot.dense().stream().map(tensor -> sender.lasting(tensor.name(), tensor)).toList();
    List<Supplier<TensorRef>> state =
        snapshot.state().stream()
            .map(tensor -> sender.send(Topics.STATE, chunked(tensor.name(), tensor)))
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

  private static ChunkedTensor chunked(String name, HostTensor tensor) {
    return ChunkedTensor.of(name, tensor.shape(), tensor.values());
  }

  /** The way of one attempt's tensors; what it returns tells, after a flush, where they lie. */
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
      Supplier<TensorRef> left = lasting(name + ".L", factor.left());
      Supplier<TensorRef> right = lasting(name + ".R", factor.right());
      return () ->
          new Factor(
              factor.layer(),
              factor.refresh(),
              factor.scale(),
              left.get(),
              right.get(),
              factor.rounding().key());
    }

    Supplier<TensorRef> lasting(String name, HostTensor tensor) {
      ChunkedTensor chunked = chunked(name, tensor);
      TensorRef before = there.get(name);
      return before != null && chunked.isAt(before) ? () -> before : send(Topics.FACTORS, chunked);
    }

    Supplier<TensorRef> send(Topic<TensorChunk> topic, ChunkedTensor tensor) {
      return TensorPublication.send(
              transaction.cluster(), transaction::send, topic, run, checkpoint, tensor)
          ::ref;
    }
  }
}
