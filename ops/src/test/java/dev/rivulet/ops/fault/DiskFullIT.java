package dev.rivulet.ops.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.ops.broker.KafkaAccess;
import dev.rivulet.ops.broker.KafkaSettings;
import dev.rivulet.ops.train.SmallBert;
import dev.rivulet.ops.train.ToyStream;
import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.record.Step;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.trainer.log.LogRoom;
import dev.rivulet.trainer.loop.Trainer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Disks, real and small, that are full when a checkpoint is to be written. */
@Tag("fault")
@Timeout(300)
class DiskFullIT {
  private static final FaultRun METHOD = FaultRun.LORA;

  /** What is written in one go and is at least of this size is a checkpoint. */
  private static final long CHECKPOINT_BYTES = 1 << 20;

  /** Clients that soon say that a broker does not answer. */
  private static final Map<String, String> IMPATIENT =
      Map.of(
          "max.block.ms", "1000",
          "request.timeout.ms", "1000",
          "delivery.timeout.ms", "2000",
          "default.api.timeout.ms", "2000");

  @TempDir Path directory;

  /** Kafka ends its process when its only disk is full. */
  @Test
  void shouldGoOnWhenABrokerIsBackWhoseDiskWasFull() throws Exception {
    Path model = SmallBert.write(directory.resolve("model"));
    try (Tmpfs disk = Tmpfs.mount(directory.resolve("disk"), 64);
        BrokerCluster brokers = BrokerCluster.start(disk.root(), 1);
        Warnings warnings = new Warnings()) {
      KafkaCluster cluster =
          new KafkaCluster(brokers.cluster("").bootstrapServers(), IMPATIENT, "rivulet.");
      try (Admin admin = cluster.admin()) {
        brokers.createTopics(cluster, admin);
      }
      trainUndisturbed(cluster, model);
      LogRoom room = filling(LogRoom.ELSEWHERE, disk, 0);
      CompletableFuture<Trainer.Outcome> training =
          CompletableFuture.supplyAsync(() -> train(cluster, model, room));

      assertThat(brokers.awaitEnd(1)).isNotZero();
      String advice = "checkpoint 0-000010 is not written: Kafka at " + cluster.bootstrapServers();
      assertThat(warnings.next())
          .startsWith(advice)
          .contains("see that its brokers run, and have room on their disks");
      assertThat(training).isNotDone();
      disk.free();
      brokers.start(1);
      assertThat(training.join().finished()).isTrue();
      requireNothingLost(cluster, advice);
    }
  }

  /** A broker in this process must not get so far: it would take the trainer with it. */
  @Test
  void shouldWaitForRoomOnTheDiskOfItsOwnBroker() throws Exception {
    Path model = SmallBert.write(directory.resolve("model"));
    try (Tmpfs disk = Tmpfs.mount(directory.resolve("disk"), 256);
        KafkaAccess access = KafkaAccess.open(KafkaSettings.DEFAULT, disk.root());
        Warnings warnings = new Warnings()) {
      KafkaCluster cluster = access.cluster();
      trainUndisturbed(cluster, model);
      LogRoom room = filling(access.room(), disk, 1 << 20);
      CompletableFuture<Trainer.Outcome> training =
          CompletableFuture.supplyAsync(() -> train(cluster, model, room));

      String advice = "checkpoint 0-000010 is not written: the disk of " + disk.root();
      assertThat(warnings.next()).startsWith(advice).contains("MB are needed: free some space");
      assertThat(CheckpointLog.read(cluster, "full").manifests().keySet())
          .isEqualTo(Set.of("0-000000", "0-000005"));
      assertThat(training).isNotDone();
      disk.free();
      assertThat(training.join().finished()).isTrue();
      requireNothingLost(cluster, advice);
    }
  }

  private static void trainUndisturbed(KafkaCluster cluster, Path model) {
    ToyStream.publishOpen(cluster, FaultRun.STREAM, FaultRun.STEPS + 10);
    METHOD.train(cluster, "undisturbed", model);
  }

  private static Trainer.Outcome train(KafkaCluster cluster, Path model, LogRoom room) {
    try (Trainer trainer = new Trainer(cluster, METHOD.config("full", model), room)) {
      return trainer.run();
    }
  }

  /** Returns the room of a disk that is filled when the third checkpoint is about to be written. */
  private static LogRoom filling(LogRoom room, Tmpfs disk, long left) {
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

  private static void requireNothingLost(KafkaCluster cluster, String advice) {
    StepLine line = StepLine.read(cluster, "full");
    assertThat(line.all()).hasSize(FaultRun.STEPS);
    assertThat(line.offsets()).isEqualTo(LongStream.range(0, FaultRun.STEPS).boxed().toList());
    List<String> notes = line.all().stream().map(Step::getNote).filter(Objects::nonNull).toList();
    assertThat(notes).singleElement().asString().startsWith(advice);
    assertThat(CheckpointLog.read(cluster, "full").manifests().keySet())
        .isEqualTo(CheckpointLog.read(cluster, "undisturbed").manifests().keySet());
    assertThat(RunFingerprint.of(cluster, "full").parts())
        .isEqualTo(RunFingerprint.of(cluster, "undisturbed").parts());
  }
}
