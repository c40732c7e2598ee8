package dev.rivulet.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rivulet.rankmonitor.MonitorConfig;
import dev.rivulet.rankmonitor.RankMonitor;
import dev.rivulet.schemas.broker.BrokerFixture;
import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.checkpoint.TensorReader;
import dev.rivulet.schemas.record.Action;
import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.Command;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topics;
import dev.rivulet.schemas.version.BaseModel;
import dev.rivulet.schemas.version.ModelFollower;
import dev.rivulet.schemas.version.ModelUpdate;
import dev.rivulet.schemas.version.ModelVersion;
import dev.rivulet.trainer.config.TrainerConfig;
import dev.rivulet.trainer.loop.Trainer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Followers of a run of a real trainer. */
@ExtendWith(BrokerFixture.class)
@Timeout(300)
class ModelFollowerIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final KafkaCluster cluster;
  @TempDir private Path directory;
  @TempDir private Path cache;

  ModelFollowerIT(KafkaCluster shared, @TempDir Path state) {
    cluster = BrokerFixture.withOwnTopics(shared, "follower-" + state.getFileName());
  }

  /** A receiver: a copy of the base model that updates change in place. */
  private static final class LiveModel {
    private final Map<String, float[]> tensors = new TreeMap<>();

    LiveModel(BaseModel base) {
      base.names().forEach(name -> tensors.put(name, base.floats(name)));
    }

    /** Applies an update, checks that every tensor of it is a change, and returns their names. */
    List<String> take(ModelUpdate update) {
      List<String> names = new ArrayList<>();
      for (ModelUpdate.Tensor tensor : update) {
        float[] before = tensors.put(tensor.name(), tensor.values());
        assertThat(Arrays.equals(before, tensor.values())).as(tensor.name()).isFalse();
        names.add(tensor.name());
      }
      return names;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"adarankgrad", "loqt"})
  void shouldFollowEveryVersionAndARollback(String method, @TempDir Path state) throws Exception {
    ToyStream.publishOpen(cluster, "toy", 45);
    TrainerConfig config = TrainerProcess.config("run", "toy", SmallBert.write(directory), method);
    try (RankMonitor monitor = new RankMonitor(cluster, MonitorConfig.DEFAULT, state);
        Trainer trainer = new Trainer(cluster, config);
        BaseModel base = BaseModel.open(directory);
        TensorReader reader = new TensorReader(cluster);
        ModelFollower follower = ModelFollower.open(cluster, "run", directory, cache)) {
      assertThat(follower.next(Duration.ofMillis(50))).isEmpty();
      monitor.start();
      CompletableFuture<Trainer.Outcome> training = CompletableFuture.supplyAsync(trainer::run);

      LiveModel live = new LiveModel(base);
      Map<String, List<String>> changes = new TreeMap<>();
      while (!changes.containsKey("1-000060")) {
        ModelUpdate update = follower.next(PATIENCE).orElseThrow();
        Manifest manifest = update.manifest();
        changes.put(manifest.getCheckpoint(), live.take(update));
        assertThat(update.isRollback()).isEqualTo(manifest.getCause() == Cause.ROLLBACK);
        requireEqual(live, base, reader, manifest.getCheckpoint());
        if (manifest.getCheckpoint().equals("0-000040")) {
          rollBack("0-000010");
        } else if (update.isRollback()) {
          ToyStream.publishRest(cluster, "toy", 45, TrainerProcess.STEPS + 20);
        }
      }
      assertThat(training.join().finished()).isTrue();
      assertThat(changes.keySet())
          .containsExactly(
              "0-000000",
              "0-000010",
              "0-000020",
              "0-000030",
              "0-000040",
              "1-000010",
              "1-000020",
              "1-000030",
              "1-000040",
              "1-000050",
              "1-000060");
      assertThat(changes.get("1-000010")).hasSizeGreaterThan(12).doesNotContain(EMBEDDING);
      assertThat(changes.values()).allMatch(names -> !names.contains(EMBEDDING));
      if (method.equals("adarankgrad")) {
        // Before the first step, an update has only the head, which the files lack.
        assertThat(changes.get("0-000000"))
            .containsExactly(
                "classifier.bias", "classifier.weight", "pooler.dense.bias", "pooler.dense.weight");
      }

      shouldStartAtTheNewestVersionWhenItOpensLate(base, reader);
    }
  }

  private static final String EMBEDDING = "embeddings.word_embeddings.weight";

  /** Uses the cache of the first follower, and a new one. */
  private void shouldStartAtTheNewestVersionWhenItOpensLate(BaseModel base, TensorReader reader)
      throws IOException {
    for (Path folder : List.of(cache, cache.resolve("new"))) {
      try (ModelFollower late = ModelFollower.open(cluster, "run", directory, folder)) {
        LiveModel live = new LiveModel(base);
        ModelUpdate update = late.latest(PATIENCE).orElseThrow();
        assertThat(update.manifest().getCheckpoint()).isEqualTo("1-000060");
        assertThat(update.isRollback()).isFalse();
        live.take(update);
        requireEqual(live, base, reader, "1-000060");
        assertThat(late.latest(Duration.ofMillis(50))).isEmpty();
      }
    }
  }

  @Test
  void shouldReturnOrThrowWhenAnotherThreadWakesOrClosesIt() throws Exception {
    SmallBert.write(directory);
    ModelFollower follower = ModelFollower.open(cluster, "none", directory, cache);
    CompletableFuture<Optional<ModelUpdate>> woken =
        CompletableFuture.supplyAsync(() -> follower.next(PATIENCE));
    follower.wakeup();
    assertThat(woken.join()).isEmpty();

    CompletableFuture<Optional<ModelUpdate>> waiting =
        CompletableFuture.supplyAsync(() -> follower.next(PATIENCE));
    follower.close();
    assertThatThrownBy(waiting::join)
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(IllegalStateException.class)
        .hasMessageContaining("the follower of run none is closed");
  }

  @Test
  void shouldRepeatAnUpdateThatWasNotReadToItsEnd() throws Exception {
    ToyStream.publish(cluster, "toy", TrainerProcess.STEPS + 20, Set.of());
    TrainerConfig config = TrainerProcess.config("run", "toy", SmallBert.write(directory), "lora");
    try (Trainer trainer = new Trainer(cluster, config);
        BaseModel base = BaseModel.open(directory);
        TensorReader reader = new TensorReader(cluster);
        ModelFollower follower = ModelFollower.open(cluster, "run", directory, cache)) {
      assertThat(trainer.run().finished()).isTrue();
      LiveModel live = new LiveModel(base);
      live.take(follower.next(PATIENCE).orElseThrow());
      ModelUpdate second = follower.next(PATIENCE).orElseThrow();
      ModelUpdate.Tensor only = second.iterator().next();
      live.tensors.put(only.name(), only.values());
      ModelUpdate newest = follower.latest(PATIENCE).orElseThrow();
      live.take(newest);
      requireEqual(live, base, reader, newest.manifest().getCheckpoint());
      assertThatThrownBy(() -> live.take(second))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("checkpoint 0-000010: the follower has gone on");
    }
  }

  private void requireEqual(LiveModel live, BaseModel base, TensorReader reader, String checkpoint)
      throws IOException {
    CheckpointLog log = CheckpointLog.read(cluster, "run");
    ModelVersion version = ModelVersion.of(base, log, log.get(checkpoint), reader);
    assertThat(live.tensors.keySet()).isEqualTo(version.names());
    live.tensors.forEach(
        (name, values) ->
            assertThat(values).as("%s, %s", checkpoint, name).isEqualTo(version.floats(name)));
  }

  private void rollBack(String checkpoint) {
    Command command =
        Command.newBuilder()
            .setRun("run")
            .setEpoch(0)
            .setStep(0)
            .setAction(Action.ROLLBACK)
            .setCheckpoint(checkpoint)
            .setReason("test")
            .setIssuer("test")
            .setTimestamp(Instant.now())
            .build();
    try (KafkaProducer<String, byte[]> producer = cluster.producer("test", null)) {
      var unused = producer.send(cluster.record(Topics.CONTROL, "run", command));
    }
  }
}
