package dev.rivulet.trainer.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.schemas.broker.Tmpfs;
import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.record.Step;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.trainer.log.LogRoom;
import dev.rivulet.trainer.loop.Trainer;
import dev.rivulet.trainer.run.ToyStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;

/**
 * A run whose broker's disk is full when the third checkpoint is due, and the same run without a
 * fault.
 *
 * @param model the model's directory
 * @param disk the disk of the broker's logs
 */
public record FullDiskRun(KafkaCluster cluster, Path model, Tmpfs disk) {
  /** The run on the full disk. */
  public static final String RUN = "full";

  private static final FaultRun METHOD = FaultRun.LORA;

  /** Only a checkpoint is a write of at least this size. */
  private static final long CHECKPOINT_BYTES = 1 << 20;

  /** Publishes the batches, and trains the run without a fault. */
  public void trainWithoutFault() {
    ToyStream.publishOpen(cluster, FaultRun.STREAM, FaultRun.STEPS + 10);
    METHOD.train(cluster, "undisturbed", model);
  }

  /**
   * Starts the training.
   *
   * @param room the trainer's view of the disk
   * @param left bytes that stay free on the full disk
   */
  public CompletableFuture<Trainer.Outcome> start(LogRoom room, long left) {
    LogRoom filling = filling(room, left);
    return CompletableFuture.supplyAsync(
        () -> {
          try (Trainer trainer = new Trainer(cluster, METHOD.config(RUN, model), filling)) {
            return trainer.run();
          }
        });
  }

  private LogRoom filling(LogRoom room, long left) {
    AtomicInteger checkpoints = new AtomicInteger();
    return bytes -> {
      if (bytes >= CHECKPOINT_BYTES && checkpoints.incrementAndGet() == 3) {
        try {
          disk.fill(left);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
      return room.shortfall(bytes);
    };
  }

  /**
   * Checks that both runs have the same steps, checkpoints and bits.
   *
   * @param note start of the one note in the run's steps
   */
  public void requireNothingLost(String note) {
    StepLine line = StepLine.read(cluster, RUN);
    assertThat(line.all()).hasSize(FaultRun.STEPS);
    assertThat(line.offsets()).isEqualTo(LongStream.range(0, FaultRun.STEPS).boxed().toList());
    List<String> notes = line.all().stream().map(Step::getNote).filter(Objects::nonNull).toList();
    assertThat(notes).singleElement().asString().startsWith(note);
    assertThat(CheckpointLog.read(cluster, RUN).manifests().keySet())
        .isEqualTo(CheckpointLog.read(cluster, "undisturbed").manifests().keySet());
    assertThat(RunFingerprint.of(cluster, RUN).parts())
        .isEqualTo(RunFingerprint.of(cluster, "undisturbed").parts());
  }
}
