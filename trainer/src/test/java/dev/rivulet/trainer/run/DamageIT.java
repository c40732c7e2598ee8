package dev.rivulet.trainer.run;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rivulet.rankmonitor.MonitorConfig;
import dev.rivulet.rankmonitor.RankMonitor;
import dev.rivulet.schemas.broker.BrokerCluster;
import dev.rivulet.schemas.broker.Eventually;
import dev.rivulet.schemas.checkpoint.AuditFinding;
import dev.rivulet.schemas.checkpoint.AuditFinding.Severity;
import dev.rivulet.schemas.checkpoint.AuditReport;
import dev.rivulet.schemas.checkpoint.ChainAudit;
import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.checkpoint.ManifestTensors;
import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.ChunkRef;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.TensorChunk;
import dev.rivulet.schemas.record.TensorRef;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topics;
import dev.rivulet.trainer.loop.StoppedException;
import dev.rivulet.trainer.loop.Trainer;
import dev.rivulet.trainer.run.SegmentFile.Body;
import dev.rivulet.trainer.run.SegmentFile.Found;
import dev.rivulet.trainer.run.SegmentFile.Span;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Checkpoints with damaged bytes in the files of a running broker, region by region. The audit
 * finds each damage, and the trainer resumes from a sound checkpoint.
 */
@Tag("fault")
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DamageIT {
  private static final int BATCHES = 25;

  private Path data;
  private BrokerCluster broker;
  private KafkaCluster cluster;
  private Path model;

  @BeforeAll
  void trainSmallRuns(@TempDir Path directory, @TempDir Path state) throws Exception {
    broker = BrokerCluster.start(directory, 1);
    data = broker.data(1);
    cluster = withTopics("r.");
    model = SmallBert.write(directory);
    try (RankMonitor monitor = new RankMonitor(cluster, MonitorConfig.DEFAULT, state)) {
      monitor.start();
      trainUntil(cluster, "ada", "adarankgrad", "0-000020");
    }
    trainUntil(cluster, "lozo", "lozo", "0-000020");
  }

  /** Returns the broker with new topics of a prefix, and a stream of batches. */
  private KafkaCluster withTopics(String prefix) {
    KafkaCluster own = broker.cluster(prefix);
    try (Admin admin = own.admin()) {
      own.createMissingTopics(admin);
    }
    ToyStream.publishOpen(own, "toy", BATCHES);
    return own;
  }

  @AfterAll
  void stopBroker() {
    broker.close();
  }

  @AfterEach
  void requireRepaired() {
    for (String run : List.of("ada", "lozo")) {
      AuditReport report = audit(run);
      assertThat(report.findings()).isEmpty();
      assertThat(report.checkpoints()).isEqualTo(3);
      assertThat(report.newest()).contains("0-000020");
      assertThat(report.bytes()).isPositive();
    }
  }

  @Test
  void shouldFindDamageInAnyFieldOfAManifest() throws IOException {
    CheckpointLog log = CheckpointLog.read(cluster, "ada");
    Manifest manifest = log.get("0-000010");
    long offset = requireNonNull(log.places().get("0-000010")).offset();
    try (SegmentFile file = new SegmentFile(data, cluster.name(Topics.CHECKPOINTS))) {
      Found record = file.find(offset);
      Map<String, Span> regions = new LinkedHashMap<>();
      AvroSpans.of(manifest)
          .forEach((field, span) -> addEnds(regions, field, record.value().at(), span));
      assertThat(regions).hasSizeGreaterThan(50);
      addEnds(regions, "key", 0, record.key());
      regions.put("hash's name", record.headers().byteAt(2));
      regions.put("hash", record.headers().byteAt(record.headers().size() - 1));
      regions.forEach(
          (region, one) -> {
            file.flip(
                record.batch(),
                one,
                () -> {
                  CheckpointLog damaged = CheckpointLog.read(cluster, "ada");
                  assertThat(damaged.damages()).as(region).hasSize(1);
                  assertThat(damaged.damages().get(0).offset()).as(region).isEqualTo(offset);
                  assertThat(damaged.newest().map(Manifest::getCheckpoint))
                      .as(region)
                      .contains("0-000000");
                });
          });
      byte[] shorter = file.bytes(record.value()).clone();
      System.arraycopy(shorter, 100, shorter, 99, shorter.length - 100);
      file.write(
          record.batch(),
          record.value(),
          shorter,
          () -> {
            requireFound("ada", "one byte less", "0-000010", offset);
          });
      file.flip(
          record.batch(),
          record.value().byteAt(50),
          () -> {
            requireFound("ada", "manifest", "0-000010", offset);
            assertThat(CheckpointLog.read(cluster, "lozo").damages()).isEmpty();
          });
      file.flipRaw(
          record.value().byteAt(50),
          () -> {
            AuditReport report = audit("ada");
            assertThat(report.findings().get(0).toString())
                .contains("offset " + offset + " is damaged: ")
                .contains("corrupt");
            assertThat(report.newest()).contains("0-000000");
          });
    }
  }

  @Test
  void shouldFindDamageInAnyPartOfATensor() throws IOException {
    Manifest ada = CheckpointLog.read(cluster, "ada").get("0-000020");
    Manifest lozo = CheckpointLog.read(cluster, "lozo").get("0-000020");
    assertThat(ada.getSealed()).isNotEmpty();
    for (TensorRef ref :
        List.of(
            ada.getSealed().get(0).getLeft(),
            ada.getOpen().get(0).getRight(),
            ada.getDense().get(0),
            ada.getState().get(0),
            requireNonNull(lozo.getScalars()))) {
      damageEveryPart(ref, ref.equals(lozo.getScalars()) ? "lozo" : "ada");
    }
  }

  private void damageEveryPart(TensorRef ref, String run) throws IOException {
    ChunkRef at = ref.getChunks().get(0);
    try (SegmentFile file = new SegmentFile(data, at.getTopic())) {
      Found record = file.find(at.getOffset());
      TensorChunk chunk = Topics.FACTORS.codec().decode(file.bytes(record.value()));
      Map<String, Span> regions = new LinkedHashMap<>();
      AvroSpans.of(chunk)
          .forEach((field, span) -> addEnds(regions, field, record.value().at(), span));
      addEnds(regions, "key", 0, record.key());
      regions.forEach(
          (region, one) -> {
            String what = ref.getName() + ", " + region;
            file.flip(
                record.batch(),
                one,
                () -> {
                  requireFound(run, what, "0-000020", at.getOffset());
                });
          });
      file.flipRaw(
          record.value().byteAt(record.value().size() / 2),
          () -> {
            requireFound(run, ref.getName() + ", checksum", "0-000020", at.getOffset());
          });
    }
  }

  @Test
  void shouldFindChunksWithTheBytesOfOthers() throws IOException {
    Manifest manifest = CheckpointLog.read(cluster, "ada").get("0-000020");
    Map<Integer, List<ChunkRef>> bySize =
        ManifestTensors.ofModel(manifest)
            .map(ref -> ref.getChunks().get(0))
            .collect(Collectors.groupingBy(ChunkRef::getSize));
    try (SegmentFile file = new SegmentFile(data, cluster.name(Topics.FACTORS))) {
      boolean found = false;
      for (List<ChunkRef> alike : bySize.values()) {
        Found one = file.find(alike.get(0).getOffset());
        for (ChunkRef other : alike.subList(1, alike.size())) {
          Found foreign = file.find(other.getOffset());
          if (!found && foreign.value().size() == one.value().size()) {
            found = true;
            byte[] bytes = file.bytes(foreign.value());
            file.write(
                one.batch(),
                one.value(),
                bytes,
                () -> {
                  requireFound("ada", "foreign chunk", "0-000020", alike.get(0).getOffset());
                });
          }
        }
      }
      assertThat(found).isTrue();
    }
  }

  /** The trainer resumes from an older checkpoint after each kind of damage to the newest one. */
  @ParameterizedTest
  @ValueSource(strings = {"adamw", "adarankgrad", "lozo"})
  void shouldResumeFromTheNewestSoundCheckpoint(String method, @TempDir Path state)
      throws Exception {
    String run = "again-" + method;
    try (RankMonitor monitor = new RankMonitor(cluster, MonitorConfig.DEFAULT, state)) {
      monitor.start();
      trainUntil(cluster, run, method, "0-000020");
      for (boolean raw : new boolean[] {false, true}) {
        if (method.equals("adamw")) {
          CheckpointLog log = CheckpointLog.read(cluster, run);
          Manifest head = log.newest().orElseThrow();
          long offset = requireNonNull(log.places().get(head.getCheckpoint())).offset();
          resumePast(run, method, cluster.name(Topics.CHECKPOINTS), offset, raw);
        }
        for (Function<Manifest, TensorRef> tensor : tensors(method)) {
          Manifest newest = CheckpointLog.read(cluster, run).newest().orElseThrow();
          ChunkRef at = tensor.apply(newest).getChunks().get(0);
          resumePast(run, method, at.getTopic(), at.getOffset(), raw);
        }
      }
    }
  }

  /** Returns tensors that a checkpoint at step 20 adds, one of each kind of a method. */
  private static List<Function<Manifest, TensorRef>> tensors(String method) {
    return switch (method) {
      case "adarankgrad" ->
          List.of(it -> it.getSealed().get(0).getLeft(), it -> it.getOpen().get(0).getRight());
      case "lozo" -> List.of(it -> requireNonNull(it.getScalars()));
      default -> List.of(it -> it.getDense().get(3), it -> it.getState().get(3));
    };
  }

  private void resumePast(String run, String method, String topic, long offset, boolean raw)
      throws Exception {
    try (SegmentFile file = new SegmentFile(data, topic)) {
      Found record = file.find(offset);
      Span middle = record.value().byteAt(record.value().size() / 2);
      Body check =
          () -> {
            int epoch = CheckpointLog.read(cluster, run).nextEpoch();
            trainUntil(cluster, run, method, CheckpointLog.name(epoch, 20));
            List<Manifest> opened =
                CheckpointLog.read(cluster, run).manifests().values().stream()
                    .filter(manifest -> manifest.getEpoch() == epoch)
                    .filter(manifest -> manifest.getCause() == Cause.RESUME)
                    .toList();
            assertThat(opened).hasSize(1);
            assertThat(opened.get(0).getStep()).isLessThan(20);
            assertThat(audit(run).newest()).contains(CheckpointLog.name(epoch, 20));
          };
      if (raw) {
        file.flipRaw(middle, check);
      } else {
        file.flip(record.batch(), middle, check);
      }
    }
  }

  /** The audit distinguishes records that retention has deleted from damage. */
  @Test
  void shouldDistinguishExpiredRecordsFromDamage() throws Exception {
    KafkaCluster other = withTopics("e.");
    trainUntil(other, "expired", "adamw", "0-000020");
    Manifest last = CheckpointLog.read(other, "expired").get("0-000020");
    long first = last.getState().get(0).getChunks().get(0).getOffset();
    TopicPartition state = new TopicPartition(other.name(Topics.STATE), 0);
    try (Admin admin = other.admin()) {
      admin.deleteRecords(Map.of(state, RecordsToDelete.beforeOffset(first))).all().get();
    }
    AuditReport report = ChainAudit.of(other, "expired", Set.of(), (done, of, bytes) -> {});
    assertThat(report.isSound()).isTrue();
    assertThat(report.findings()).extracting(AuditFinding::severity).containsOnly(Severity.EXPIRED);
    assertThat(report.findings())
        .extracting(AuditFinding::checkpoint)
        .containsOnly("0-000000", "0-000010");
    assertThat(report.newest()).contains("0-000020");
  }

  private void requireFound(String run, String region, String checkpoint, long offset) {
    AuditReport report = audit(run);
    assertThat(report.isSound()).as(region).isFalse();
    assertThat(report.findings())
        .as(region)
        .anySatisfy(
            finding -> {
              assertThat(finding.checkpoint()).isEqualTo(checkpoint);
              assertThat(requireNonNull(finding.where()).offset()).isEqualTo(offset);
            });
    assertThat(report.newest()).as(region).isNotEqualTo(Optional.of("0-000020"));
  }

  private AuditReport audit(String run) {
    return ChainAudit.of(
        cluster, run, Set.of(), (done, of, bytes) -> assertThat(done).isLessThanOrEqualTo(of));
  }

  private static void addEnds(Map<String, Span> regions, String field, long start, Span span) {
    regions.put(field + ", first byte", new Span(start + span.at(), 1));
    if (span.size() > 2) {
      regions.put(field + ", middle byte", new Span(start + span.at() + span.size() / 2, 1));
    }
    if (span.size() > 1) {
      regions.put(field + ", last byte", new Span(start + span.at() + span.size() - 1, 1));
    }
  }

  /** Trains until a checkpoint is written, and stops the trainer, which waits for batches. */
  private void trainUntil(KafkaCluster on, String run, String method, String checkpoint)
      throws Exception {
    Trainer trainer = new Trainer(on, TrainerProcess.config(run, "toy", model, method));
    CompletableFuture<Trainer.Outcome> outcome = CompletableFuture.supplyAsync(trainer::run);
    try {
      Eventually.await(
          "run %s has checkpoint %s".formatted(run, checkpoint),
          () -> {
            assertThat(outcome).isNotDone();
            return CheckpointLog.read(on, run).manifests().containsKey(checkpoint);
          });
    } finally {
      trainer.close();
    }
    assertThatThrownBy(outcome::join).hasCauseInstanceOf(StoppedException.class);
  }
}
