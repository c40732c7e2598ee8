package dev.rivulet.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rivulet.rankmonitor.MonitorConfig;
import dev.rivulet.rankmonitor.RankMonitor;
import dev.rivulet.schemas.broker.BrokerFixture;
import dev.rivulet.schemas.broker.Eventually;
import dev.rivulet.schemas.checkpoint.ManifestTensors;
import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.record.AppliedRank;
import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.ChunkRef;
import dev.rivulet.schemas.record.Factor;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.Sha256;
import dev.rivulet.schemas.record.Step;
import dev.rivulet.schemas.record.TensorRef;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.RunKey;
import dev.rivulet.schemas.topic.Topic;
import dev.rivulet.schemas.topic.TopicReader;
import dev.rivulet.schemas.topic.Topics;
import dev.rivulet.trainer.log.LogRoom;
import dev.rivulet.trainer.loop.Trainer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The contents of a trainer's checkpoints, and runs whose log lacks records. */
@ExtendWith(BrokerFixture.class)
@Timeout(300)
class CheckpointIT {
  private static final int STEPS = TrainerProcess.STEPS;

  private final KafkaCluster cluster;
  @TempDir private Path directory;

  CheckpointIT(KafkaCluster shared) {
    cluster = BrokerFixture.withOwnTopics(shared, "checkpoint");
  }

  @Test
  void shouldPublishNothingTwiceAndRecordTheAppliedRanks(@TempDir Path state) throws Exception {
    ToyStream.publish(cluster, "toy", STEPS + 20, Set.of());
    try (RankMonitor monitor = new RankMonitor(cluster, MonitorConfig.DEFAULT, state)) {
      monitor.start();
      train("once", "adarankgrad", LogRoom.ELSEWHERE);
    }
    RunReader run = new RunReader(cluster, "once");
    List<Manifest> checkpoints = run.checkpoints();

    // Refreshes are in steps 1, 16, 31 and 46; checkpoints follow every tenth step.
    Manifest before = checkpoints.get(2);
    Manifest between = checkpoints.get(3);
    Manifest across = checkpoints.get(4);
    assertThat(bases(between)).isEqualTo(bases(before)).isNotEmpty();
    assertThat(between.getSealed()).isEmpty();
    assertThat(trained(between)).doesNotContainAnyElementsOf(trained(before));
    assertThat(across.getSealed().stream().map(CheckpointIT::basis).toList())
        .containsExactlyInAnyOrderElementsOf(bases(between));
    assertThat(bases(across)).doesNotContainAnyElementsOf(bases(between));
    for (Topic<?> topic : List.of(Topics.FACTORS, Topics.STATE)) {
      assertThat(chunks(checkpoints, topic)).hasSize(records(topic));
    }

    List<AppliedRank> applied =
        checkpoints.stream().flatMap(manifest -> manifest.getDecisions().stream()).toList();
    Map<Long, Map<String, Integer>> ranks = new HashMap<>();
    applied.forEach(
        it ->
            ranks
                .computeIfAbsent(it.getStep(), step -> new HashMap<>())
                .put(it.getLayer(), it.getRank()));
    assertThat(ranks)
        .isEqualTo(
            run.steps().stream()
                .filter(step -> step.getRanks() != null)
                .collect(Collectors.toMap(Step::getStep, Step::getRanks)));
    assertThat(applied).noneMatch(AppliedRank::getFallback);
    assertThat(before.getDecisions()).extracting(AppliedRank::getRefresh).containsOnly(1);
    assertThat(between.getDecisions()).isEmpty();
    assertThat(across.getDecisions()).extracting(AppliedRank::getRefresh).containsOnly(2);

    List<Step> steps = run.steps();
    assertThat(steps.get(10).getCheckpointSeconds()).isPositive();
    assertThat(steps.subList(2, 10)).allMatch(step -> step.getCheckpointSeconds() == 0);
  }

  @Test
  void shouldWaitForDiskSpaceAndReportWhatToDo() throws Exception {
    ToyStream.publish(cluster, "toy", STEPS + 20, Set.of());
    CountDownLatch asked = new CountDownLatch(3);
    CountDownLatch freed = new CountDownLatch(1);
    List<Long> checkpoints = new ArrayList<>();
    LogRoom room =
        bytes -> {
          boolean full = bytes >= 1 << 20 && checkpoints.size() == 2 && freed.getCount() > 0;
          if (full) {
            asked.countDown();
          } else if (bytes >= 1 << 20) {
            checkpoints.add(bytes);
          }
          return full ? Optional.of("the disk is full: free some space") : Optional.empty();
        };
    CompletableFuture<Trainer.Outcome> outcome =
        CompletableFuture.supplyAsync(() -> train("full", "lora", room));
    asked.await();
    RunReader run = new RunReader(cluster, "full");
    assertThat(run.checkpoints()).extracting(Manifest::getStep).containsExactly(0L, 10L);
    freed.countDown();
    assertThat(outcome.join().finished()).isTrue();
    assertThat(run.checkpoints())
        .extracting(Manifest::getStep)
        .containsExactly(0L, 10L, 20L, 30L, 40L, 50L, 60L);
    assertThat(run.steps()).hasSize(STEPS);
    assertThat(run.steps().stream().map(Step::getNote).filter(Objects::nonNull))
        .containsExactly("checkpoint 0-000020 is not written: the disk is full: free some space");
  }

  @Test
  void shouldStopDuringAnOutageAndResumeLater() throws Exception {
    ToyStream.publish(cluster, "toy", STEPS + 20, Set.of());
    CountDownLatch asked = new CountDownLatch(2);
    LogRoom never =
        bytes -> {
          asked.countDown();
          return asked.getCount() > 0 ? Optional.empty() : Optional.of("the disk is full");
        };
    Trainer trainer =
        new Trainer(cluster, TrainerProcess.config("cut", "toy", model(), "lora"), never);
    CompletableFuture<Trainer.Outcome> outcome = CompletableFuture.supplyAsync(trainer::run);
    asked.await();
    trainer.close();
    assertThatThrownBy(outcome::join).hasMessageContaining("run cut was stopped");
    assertThat(train("cut", "lora", LogRoom.ELSEWHERE).finished()).isTrue();
    assertThat(new RunReader(cluster, "cut").steps().stream().map(Step::getStep).distinct())
        .hasSize(STEPS);
  }

  @Test
  void shouldRefuseToResumeWhenRetentionHasDeletedBatches() throws Exception {
    interrupt("lost");
    String topic = delete(Topics.BATCHES, 30);
    assertThatThrownBy(() -> train("lost", "lora", LogRoom.ELSEWHERE))
        .isInstanceOf(RunException.class)
        .hasMessage(
            "topic %s, partition 0: the run resumes at offset 20, and retention has deleted all"
                    .formatted(topic)
                + " before 30; raise the topic's retention and start a new run");
  }

  @Test
  void shouldRefuseToResumeWhenRetentionHasDeletedTheOptimizerState() throws Exception {
    interrupt("expired");
    long end =
        1
            + chunks(new RunReader(cluster, "expired").checkpoints(), Topics.STATE).stream()
                .mapToLong(ChunkRef::getOffset)
                .max()
                .orElseThrow();
    String topic = delete(Topics.STATE, end);
    assertThatThrownBy(() -> train("expired", "lora", LogRoom.ELSEWHERE))
        .isInstanceOf(RunException.class)
        .hasMessageStartingWith(
            "run expired has no checkpoint to resume from (checkpoint 0-000020: tensor ")
        .hasMessageContaining("is gone at %s, partition 0, offset ".formatted(topic))
        .hasMessageEndingWith(
            "retention has deleted all before offset %d): start a new run".formatted(end));
  }

  @Test
  void shouldResumeFromTheNewestSoundCheckpoint() throws Exception {
    interrupt("hurt");
    RunReader run = new RunReader(cluster, "hurt");
    Manifest newest = run.checkpoints().get(2);
    List<Factor> open = new ArrayList<>(newest.getOpen());
    open.set(0, Factor.newBuilder(open.get(0)).setRight(hurt(open.get(0).getRight())).build());
    Manifest hurt = Manifest.newBuilder(newest).setOpen(open).build();
    try (KafkaProducer<String, byte[]> producer = cluster.producer("test", null)) {
      producer
          .send(cluster.record(Topics.CHECKPOINTS, RunKey.of("hurt", newest.getCheckpoint()), hurt))
          .get();
    }
    assertThat(train("hurt", "lora", LogRoom.ELSEWHERE).finished()).isTrue();
    Manifest resumed =
        run.checkpoints().stream()
            .filter(manifest -> manifest.getCause() == Cause.RESUME)
            .findFirst()
            .orElseThrow();
    assertThat(resumed.getParent()).isEqualTo("0-000010");
    assertThat(resumed.getDecisions()).isEmpty();
  }

  /** Returns a reference to the same chunks with a wrong hash. */
  private static TensorRef hurt(TensorRef ref) {
    return TensorRef.newBuilder(ref)
        .setChunks(
            ref.getChunks().stream()
                .map(
                    chunk -> ChunkRef.newBuilder(chunk).setSha256(new Sha256(new byte[32])).build())
                .toList())
        .build();
  }

  /** Trains for 20 steps, stops at that checkpoint, and publishes more batches. */
  private void interrupt(String run) throws Exception {
    ToyStream.publishOpen(cluster, "toy", 20);
    Trainer trainer = new Trainer(cluster, TrainerProcess.config(run, "toy", model(), "lora"));
    CompletableFuture<Trainer.Outcome> outcome = CompletableFuture.supplyAsync(trainer::run);
    RunReader reader = new RunReader(cluster, run);
    Eventually.await("three checkpoints are written", () -> reader.checkpoints().size() >= 3);
    trainer.close();
    assertThatThrownBy(outcome::join).hasMessageContaining("was stopped");
    ToyStream.publishRest(cluster, "toy", 20, STEPS);
  }

  private String delete(Topic<?> topic, long before) throws Exception {
    String name = cluster.name(topic);
    try (Admin admin = cluster.admin()) {
      admin
          .deleteRecords(Map.of(new TopicPartition(name, 0), RecordsToDelete.beforeOffset(before)))
          .all()
          .get();
    }
    return name;
  }

  private Trainer.Outcome train(String run, String method, LogRoom room) {
    try (Trainer trainer =
        new Trainer(cluster, TrainerProcess.config(run, "toy", model(), method), room)) {
      return trainer.run();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private Path model() throws IOException {
    return SmallBert.write(directory);
  }

  private static Set<ChunkRef> chunks(List<Manifest> checkpoints, Topic<?> topic) {
    return checkpoints.stream()
        .flatMap(ManifestTensors::all)
        .flatMap(tensor -> tensor.getChunks().stream())
        .filter(chunk -> chunk.getTopic().endsWith("." + topic.name()))
        .collect(Collectors.toSet());
  }

  private <T> int records(Topic<T> topic) {
    List<T> records = new ArrayList<>();
    try (Consumer<String, byte[]> consumer = cluster.consumer("test")) {
      TopicReader.forEach(cluster, consumer, topic, (record, value) -> records.add(value));
    }
    return records.size();
  }

  private static List<TensorRef> bases(Manifest manifest) {
    return manifest.getOpen().stream().map(CheckpointIT::basis).toList();
  }

  private static List<TensorRef> trained(Manifest manifest) {
    return manifest.getOpen().stream()
        .map(factor -> basisOnLeft(factor) ? factor.getRight() : factor.getLeft())
        .toList();
  }

  private static TensorRef basis(Factor factor) {
    return basisOnLeft(factor) ? factor.getLeft() : factor.getRight();
  }

  private static boolean basisOnLeft(Factor factor) {
    return factor.getLeft().getShape().get(0) <= factor.getRight().getShape().get(1);
  }
}
