package dev.rivulet.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rivulet.rankmonitor.MonitorConfig;
import dev.rivulet.rankmonitor.RankMonitor;
import dev.rivulet.schemas.broker.BrokerFixture;
import dev.rivulet.schemas.broker.Eventually;
import dev.rivulet.schemas.broker.TestJvm;
import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.codec.Digests;
import dev.rivulet.schemas.failure.FencedException;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.Factor;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.Step;
import dev.rivulet.schemas.record.TensorRef;
import dev.rivulet.schemas.record.TopicOffset;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topic;
import dev.rivulet.schemas.topic.TopicReader;
import dev.rivulet.schemas.topic.Topics;
import dev.rivulet.trainer.config.TrainerConfig;
import dev.rivulet.trainer.eval.HeldOut;
import dev.rivulet.trainer.loop.Trainer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.kafka.clients.consumer.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The trainer in the pipeline: a real broker, the real rank monitor, a small model. */
@ExtendWith(BrokerFixture.class)
@Timeout(300)
class TrainerIT {
  private static final int STEPS = TrainerProcess.STEPS;

  private final KafkaCluster cluster;
  private final RankMonitor monitor;
  @TempDir private Path directory;

  TrainerIT(KafkaCluster shared, @TempDir Path state) {
    cluster = BrokerFixture.withOwnTopics(shared, "trainer-" + state.getFileName());
    monitor = new RankMonitor(cluster, MonitorConfig.DEFAULT, state);
  }

  @BeforeEach
  void startMonitor() {
    monitor.start();
  }

  @AfterEach
  void stopMonitor() {
    monitor.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"adarankgrad", "adamw", "lora"})
  void shouldLearnAndPublishStepsAndCheckpoints(String method) throws Exception {
    ToyStream.publish(cluster, "toy", STEPS + 20, Set.of());
    Trainer.Outcome outcome = train("learns", "toy", method);

    assertThat(outcome.finished()).isTrue();
    assertThat(outcome.step()).isEqualTo(STEPS);
    List<Step> steps = steps("learns");
    assertThat(steps).extracting(Step::getStep).containsExactlyElementsOf(range(1, STEPS));
    assertThat(offsets(steps)).containsExactlyElementsOf(range(0, STEPS - 1));
    CheckpointLog log = CheckpointLog.read(cluster, "learns");
    assertThat(log.manifests().keySet())
        .containsExactly(
            "0-000000", "0-000010", "0-000020", "0-000030", "0-000040", "0-000050", "0-000060");
    Manifest last = log.newest().orElseThrow();
    assertThat(last.getCause()).isEqualTo(Cause.FINISH);
    assertThat(evalLoss(last)).isLessThan(evalLoss(log.first().orElseThrow()) - 0.1);
    assertThat(train("learns", "toy", method)).isEqualTo(outcome);
  }

  @Test
  void shouldTakeItsRanksFromTheMonitor() throws Exception {
    ToyStream.publish(cluster, "toy", STEPS + 20, Set.of());
    train("ranks", "toy", "adarankgrad");
    List<Step> refreshes = steps("ranks").stream().filter(s -> s.getRanks() != null).toList();
    assertThat(refreshes).extracting(Step::getStep).containsExactly(1L, 16L, 31L, 46L);
    assertThat(refreshes).noneMatch(Step::getFallback);
    Map<String, Integer> decided = new TreeMap<>();
    read(Topics.RANKS, (key, decision) -> decided.put(decision.getLayer(), decision.getRank()));
    assertThat(new TreeMap<>(refreshes.get(3).getRanks())).isEqualTo(decided);
    Manifest last = CheckpointLog.read(cluster, "ranks").newest().orElseThrow();
    assertThat(new TreeMap<>(last.getRanks())).isEqualTo(decided);
  }

  @Test
  void shouldEvaluateOnTheHeldOutBatchesSoFarOfAnEndlessStream() throws Exception {
    ToyStream.publishEndless(cluster, "endless", 3, STEPS);
    Trainer.Outcome outcome = train("endless", "endless", "adarankgrad");

    assertThat(outcome.step()).isEqualTo(STEPS);
    CheckpointLog log = CheckpointLog.read(cluster, "endless");
    for (Manifest manifest : List.of(log.first().orElseThrow(), log.newest().orElseThrow())) {
      assertThat(manifest.getMetrics()).containsEntry("evalRows", 3.0 * ToyStream.ROWS);
    }
    ToyStream.publishEndless(cluster, "endless-long", 200, 1);
    assertThat(HeldOut.read(cluster, "endless-long").batches())
        .extracting(Batch::getIndex)
        .containsExactlyElementsOf(range(200 - 128, 199));
  }

  @Test
  void shouldAccumulateBatchesAndTrainOnTheRemainder() throws Exception {
    ToyStream.publish(cluster, "toy", 20, Set.of());
    TrainerConfig config =
        TrainerProcess.config("groups", "toy", SmallBert.write(directory), "adarankgrad", 3);
    try (Trainer trainer = new Trainer(cluster, config)) {
      assertThat(trainer.run().finished()).isTrue();
    }
    List<Step> steps = steps("groups");
    assertThat(steps)
        .extracting(step -> step.getBatches().size())
        .containsExactly(3, 3, 3, 3, 3, 3, 2);
    assertThat(steps).extracting(Step::getTokens).startsWith(3 * 64L).endsWith(2 * 64L);
    assertThat(offsets(steps)).containsExactlyElementsOf(range(0, 19));
  }

  @Test
  @Tag("fault")
  void shouldRollBackAndFinishWhenABatchHasNoFiniteLoss() throws Exception {
    ToyStream.publish(cluster, "toy", STEPS + 20, Set.of(37));
    Trainer.Outcome outcome = train("poisoned", "toy", "adarankgrad");

    assertThat(outcome.finished()).isTrue();
    CheckpointLog log = CheckpointLog.read(cluster, "poisoned");
    Manifest rollback =
        log.manifests().values().stream()
            .filter(manifest -> manifest.getCause() == Cause.ROLLBACK)
            .findFirst()
            .orElseThrow();
    assertThat(rollback.getEpoch()).isEqualTo(1);
    assertThat(rollback.getSkips()).hasSize(1);
    List<Step> surviving = surviving(steps("poisoned"));
    assertThat(surviving).extracting(Step::getStep).containsExactlyElementsOf(range(1, STEPS));
    assertThat(surviving).allMatch(Step::getApplied).allMatch(step -> step.getLoss() < 10);
    List<Long> expected = new ArrayList<>(range(0, STEPS));
    expected.remove(37L);
    assertThat(offsets(surviving)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"adarankgrad", "adamw", "lora", "loqt", "lozo"})
  @Tag("fault")
  void shouldEndWithTheSameBitsWhenItIsKilledTwice(String method) throws Exception {
    // Each process is killed after a checkpoint, while it waits for the next batch.
    long published = 17;
    ToyStream.publishOpen(cluster, "toy", 17);
    for (long next : List.of(43L, STEPS + 20L)) {
      Process process = start("killed", "toy", method);
      awaitStep("killed", published);
      process.destroyForcibly().waitFor();
      ToyStream.publishRest(cluster, "toy", (int) published, (int) next);
      published = next;
    }
    assertThat(start("killed", "toy", method).waitFor()).isZero();
    train("whole", "toy", method);

    assertThat(tensors("killed")).isEqualTo(tensors("whole"));
    List<Step> steps = steps("killed");
    assertThat(steps).hasSizeGreaterThan(STEPS);
    List<Step> surviving = surviving(steps);
    assertThat(surviving).extracting(Step::getStep).containsExactlyElementsOf(range(1, STEPS));
    assertThat(offsets(surviving)).containsExactlyElementsOf(range(0, STEPS - 1));
    assertThat(surviving)
        .extracting(Step::getLoss)
        .isEqualTo(steps("whole").stream().map(Step::getLoss).toList());
  }

  @Test
  @Tag("fault")
  void shouldFenceTheOlderOfTwoTrainers() throws Exception {
    // The stream is open: both trainers wait for more batches after the last one.
    ToyStream.publishOpen(cluster, "open", 25);
    CompletableFuture<Trainer.Outcome> older =
        CompletableFuture.supplyAsync(() -> train("contested", "open", "adarankgrad"));
    awaitStep("contested", 25);
    CompletableFuture<Trainer.Outcome> newer =
        CompletableFuture.supplyAsync(() -> train("contested", "open", "adarankgrad"));
    awaitEpoch("contested", 1);
    ToyStream.publishRest(cluster, "open", 25, STEPS);

    assertThatThrownBy(older::join).hasCauseInstanceOf(FencedException.class);
    assertThat(newer.join().finished()).isTrue();
    assertThat(steps("contested").stream().filter(step -> step.getEpoch() == 0))
        .extracting(Step::getStep)
        .containsExactlyElementsOf(range(1, 25));
  }

  @Test
  void shouldRefuseToResumeWithOtherSettings() throws Exception {
    ToyStream.publish(cluster, "toy", STEPS + 20, Set.of());
    train("settled", "toy", "adamw");
    assertThatThrownBy(() -> train("settled", "toy", "adarankgrad"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("method was adamw, is adarankgrad");
  }

  private static double evalLoss(Manifest manifest) {
    return Objects.requireNonNull(manifest.getMetrics().get("evalLoss"));
  }

  private Trainer.Outcome train(String run, String stream, String method) {
    try (Trainer trainer =
        new Trainer(
            cluster, TrainerProcess.config(run, stream, SmallBert.write(directory), method))) {
      return trainer.run();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private Process start(String run, String stream, String method) throws IOException {
    return TestJvm.of(
            TrainerProcess.class,
            List.of("-Xmx256m"),
            List.of(
                cluster.bootstrapServers(),
                cluster.prefix(),
                run,
                stream,
                SmallBert.write(directory).toString(),
                method))
        .redirectErrorStream(true)
        .redirectOutput(directory.resolve("out").toFile())
        .start();
  }

  private void awaitStep(String run, long step) {
    Eventually.await(
        "run %s has taken step %d".formatted(run, step),
        () -> steps(run).stream().anyMatch(record -> record.getStep() >= step));
  }

  private void awaitEpoch(String run, int epoch) {
    Eventually.await(
        "run %s has opened epoch %d".formatted(run, epoch),
        () -> CheckpointLog.read(cluster, run).newest().orElseThrow().getEpoch() >= epoch);
  }

  private List<Step> steps(String run) {
    List<Step> steps = new ArrayList<>();
    read(
        Topics.STEPS,
        (key, step) -> {
          if (step.getRun().equals(run)) {
            steps.add(step);
          }
        });
    return steps;
  }

  private <T> void read(Topic<T> topic, BiConsumer<String, T> each) {
    try (Consumer<String, byte[]> consumer = cluster.consumer("test")) {
      TopicReader.forEach(
          cluster, consumer, topic, (record, value) -> each.accept(record.key(), value));
    }
  }

  /** Returns the surviving line of history: the newest epoch's record of each step. */
  private static List<Step> surviving(List<Step> steps) {
    TreeMap<Long, Step> newest = new TreeMap<>();
    for (Step step : steps) {
      newest.tailMap(step.getStep(), true).clear();
      newest.put(step.getStep(), step);
    }
    return List.copyOf(newest.values());
  }

  private static List<Long> offsets(List<Step> steps) {
    return steps.stream()
        .flatMap(step -> step.getBatches().stream())
        .map(TopicOffset::getOffset)
        .toList();
  }

  private static List<Long> range(long from, long to) {
    return LongStream.rangeClosed(from, to).boxed().toList();
  }

  /** Returns the SHA-256 of every tensor of a run's last checkpoint and of its lineage. */
  private Map<String, String> tensors(String run) {
    CheckpointLog log = CheckpointLog.read(cluster, run);
    Manifest last = log.newest().orElseThrow();
    List<TensorRef> refs = new ArrayList<>(last.getDense());
    refs.addAll(last.getState());
    List<Factor> factors = new ArrayList<>(last.getOpen());
    log.lineage(last).forEach(manifest -> factors.addAll(manifest.getSealed()));
    for (Factor factor : factors) {
      refs.add(factor.getLeft());
      refs.add(factor.getRight());
    }
    Map<String, String> hashes =
        refs.stream()
            .collect(Collectors.toMap(TensorRef::getName, ref -> Digests.hex(ref.getSha256())));
    log.lineage(last).stream()
        .filter(manifest -> manifest.getScalars() != null)
        .forEach(m -> hashes.put("scalars up to " + m.getStep(), sha256(m.getScalars())));
    assertThat(hashes).isNotEmpty();
    return hashes;
  }

  private static String sha256(TensorRef ref) {
    return Digests.hex(ref.getSha256());
  }
}
