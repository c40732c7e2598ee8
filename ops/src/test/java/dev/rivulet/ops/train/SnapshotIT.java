package dev.rivulet.ops.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rivulet.ops.checkpoint.FactorExpiry;
import dev.rivulet.ops.cli.Main;
import dev.rivulet.rankmonitor.MonitorConfig;
import dev.rivulet.rankmonitor.RankMonitor;
import dev.rivulet.schemas.broker.BrokerFixture;
import dev.rivulet.schemas.checkpoint.AuditReport;
import dev.rivulet.schemas.checkpoint.ChainAudit;
import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.checkpoint.DamagedTensorException;
import dev.rivulet.schemas.checkpoint.TensorReader;
import dev.rivulet.schemas.codec.Digests;
import dev.rivulet.schemas.codec.LittleEndian;
import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.Snapshot;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.RunKey;
import dev.rivulet.schemas.topic.Topics;
import dev.rivulet.schemas.version.BaseModel;
import dev.rivulet.schemas.version.ModelVersion;
import dev.rivulet.schemas.version.S3Server;
import dev.rivulet.schemas.version.SnapshotFolder;
import dev.rivulet.schemas.version.Snapshots;
import dev.rivulet.trainer.checkpoint.CheckpointModel;
import dev.rivulet.trainer.config.TrainerConfig;
import dev.rivulet.trainer.eval.HeldOut;
import dev.rivulet.trainer.eval.Metric;
import dev.rivulet.trainer.loop.Trainer;
import dev.rivulet.trainer.run.SmallBert;
import dev.rivulet.trainer.run.ToyStream;
import dev.rivulet.trainer.run.TrainerProcess;
import dev.rivulet.trainer.run.WideModel;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Snapshots of a run, and what is left to do when the factors before them are gone. */
@ExtendWith(BrokerFixture.class)
@Timeout(300)
class SnapshotIT {
  private static final String REBASED = "0-000040";
  private static final String LAST = "0-000060";

  private final KafkaCluster cluster;
  private final List<String> warnings = new ArrayList<>();
  @TempDir private Path directory;
  @TempDir private Path store;

  SnapshotIT(KafkaCluster shared, @TempDir Path state) {
    cluster = BrokerFixture.withOwnTopics(shared, "snapshot-" + state.getFileName());
  }

  @ParameterizedTest
  @EnumSource(BaseForm.class)
  void shouldStandForTheFactorsBeforeIt(BaseForm form) throws Exception {
    TrainerConfig config = train(form);
    CheckpointLog log = CheckpointLog.read(cluster, "run");
    Map<String, String> expected = tensors(log, Snapshots.NONE, LAST);

    Snapshot snapshot = write(log);
    assertThat(tensors(log, snapshots(), LAST)).isEqualTo(expected);
    assertThat(warnings).isEmpty();

    FactorExpiry.Plan plan = new FactorExpiry(cluster).plan(log, REBASED);
    assertThat(plan.records()).isPositive();
    assertThat(plan.givenUp()).containsExactly("0-000000", "0-000010", "0-000020", "0-000030");
    assertThat(rebase(store.toUri()))
        .contains(
            "\"checkpoint\":\"0-000040\"",
            "\"location\":\"%s\"".formatted(snapshot.getLocation()),
            "\"sha256\":\"%s\"".formatted(snapshot.getSha256()),
            "\"expiredRecords\":%d".formatted(plan.records()),
            "checkpoints that become unusable: 0-000000, 0-000010, 0-000020, 0-000030");

    assertThatThrownBy(() -> tensors(log, Snapshots.NONE, LAST))
        .isInstanceOf(DamagedTensorException.class)
        .hasMessageContaining("retention has deleted all before offset");
    assertThat(tensors(log, snapshots(), LAST)).isEqualTo(expected);
    assertThat(warnings).isEmpty();
    assertThat(scores(config)).isEqualTo(recorded(log));
    AuditReport audit = ChainAudit.of(cluster, "run", snapshots().sound(), (done, of, bytes) -> {});
    assertThat(audit.isSound()).isTrue();
    assertThat(audit.newest()).contains(LAST);
    assertThat(invoke("verify")).contains("EXPIRED, checkpoint 0-000010: tensor ", "; sound");
    assertThat(invoke("checkpoints", "diff", REBASED, LAST)).contains("weights");
    Path exported = directory.resolve("exported");
    assertThat(invoke("export", "--format", "hf", "--output", exported.toString()))
        .contains("a Hugging Face directory");
    assertThat(exported.resolve("model.safetensors")).isNotEmptyFile();
    trainOnFromIt(config, expected);

    Path weights = Path.of(URI.create(snapshot.getLocation())).resolve("sealed.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    bytes[bytes.length - 1] ^= 1;
    Files.write(weights, bytes);
    assertThatThrownBy(() -> tensors(log, snapshots(), LAST))
        .isInstanceOf(DamagedTensorException.class);
    assertThat(warnings)
        .hasSize(1)
        .first()
        .asString()
        .contains("the snapshot of checkpoint 0-000040 at file:///", "another SHA-256");
    assertThatThrownBy(() -> scores(config)).isInstanceOf(DamagedTensorException.class);
  }

  @Test
  void shouldLieInABucket() throws Exception {
    Path objects = store.resolve("objects");
    Path cache = store.resolve("cache");
    TrainerConfig config = train(BaseForm.BF16);
    CheckpointLog log = CheckpointLog.read(cluster, "run");
    Map<String, String> expected = tensors(log, Snapshots.NONE, LAST);
    try (S3Server server = S3Server.start(objects, cache)) {
      assertThat(rebase(server.uri("team")))
          .contains("\"location\":\"s3://models/team/run/0-000040\"");
      assertThatThrownBy(() -> tensors(log, Snapshots.NONE, LAST))
          .isInstanceOf(DamagedTensorException.class);

      assertThat(tensors(log, snapshots(), LAST)).isEqualTo(expected);
      assertThat(scores(config)).isEqualTo(recorded(log));
      assertThat(warnings).isEmpty();

      Path object = objects.resolve("models/team/run/0-000040/sealed.safetensors");
      Files.delete(object);
      assertThat(tensors(log, snapshots(), LAST)).isEqualTo(expected);
      Files.delete(cache.resolve(snapshots().all().get(0).getSha256() + ".safetensors"));
      assertThatThrownBy(() -> scores(config)).isInstanceOf(DamagedTensorException.class);
      assertThatThrownBy(() -> tensors(log, snapshots(), LAST))
          .isInstanceOf(DamagedTensorException.class);
      assertThat(warnings)
          .hasSize(1)
          .first()
          .asString()
          .contains("at s3://models/team/run/0-000040 cannot be used", "Status Code: 404");
    }
  }

  @Test
  void shouldDeleteNothingThatAnotherRunNeeds() throws Exception {
    WideModel.write(directory);
    WideModel.publish(cluster, "other", directory, "FP32");
    train(BaseForm.FP32);
    CheckpointLog log = CheckpointLog.read(cluster, "run");
    // The other run's factors lie before those that are kept.
    assertThatThrownBy(() -> new FactorExpiry(cluster).plan(log, REBASED))
        .isInstanceOf(RunException.class)
        .hasMessageContaining("nothing is deleted: checkpoint 0-000010 of run other needs ");
  }

  /** A damaged snapshot is no loss as long as the factors are there. */
  @ParameterizedTest
  @EnumSource(value = BaseForm.class, names = "BF16")
  void shouldGoOnWithoutADamagedOne(BaseForm form) throws Exception {
    TrainerConfig config = train(form);
    CheckpointLog log = CheckpointLog.read(cluster, "run");
    Map<String, String> expected = tensors(log, Snapshots.NONE, LAST);
    Snapshot snapshot = write(log);
    Files.delete(Path.of(URI.create(snapshot.getLocation())).resolve("sealed.safetensors"));

    assertThat(tensors(log, snapshots(), LAST)).isEqualTo(expected);
    assertThat(warnings).hasSize(1).first().asString().contains("no such file");
    assertThat(scores(config)).isEqualTo(recorded(log));

    write(log);
    assertThat(tensors(log, snapshots(), LAST)).isEqualTo(expected);
    assertThat(warnings).hasSize(1);
  }

  private TrainerConfig train(BaseForm form) throws IOException {
    ToyStream.publish(cluster, "toy", TrainerProcess.STEPS + 20, Set.of());
    TrainerConfig config =
        TrainerProcess.config(
            "run",
            "toy",
            SmallBert.write(directory),
            List.of("low", "high"),
            form == BaseForm.NF4 ? "loqt" : "adarankgrad",
            1,
            form);
    train(config);
    return config;
  }

  private void train(TrainerConfig config) {
    try (RankMonitor monitor =
            new RankMonitor(cluster, MonitorConfig.DEFAULT, store.resolve("state"));
        Trainer trainer = new Trainer(cluster, config)) {
      monitor.start();
      assertThat(trainer.run().finished()).isTrue();
    }
  }

  /** Goes back to the checkpoint that there is a snapshot of, and makes what followed once more. */
  private void trainOnFromIt(TrainerConfig config, Map<String, String> expected)
      throws IOException {
    invoke("rollback", "--to", REBASED);
    train(config);

    String again = "1-000060";
    CheckpointLog log = CheckpointLog.read(cluster, "run");
    assertThat(log.lineage(log.get(again)))
        .extracting(Manifest::getCheckpoint)
        .contains(REBASED)
        .doesNotContain(LAST);
    assertThat(tensors(log, snapshots(), again)).isEqualTo(expected);
  }

  private Snapshot write(CheckpointLog log) throws Exception {
    try (BaseModel base = BaseModel.open(directory);
        TensorReader reader = new TensorReader(cluster);
        KafkaProducer<String, byte[]> producer = cluster.producer("test", null)) {
      Snapshot snapshot =
          new SnapshotFolder(store).write(ModelVersion.of(base, log, log.get(REBASED), reader));
      producer.send(cluster.record(Topics.SNAPSHOTS, RunKey.of("run", REBASED), snapshot)).get();
      return snapshot;
    }
  }

  private String rebase(URI to) throws IOException {
    return invoke(
        "rebase", "--checkpoint", REBASED, "--store", to.toString(), "--expire", "--json");
  }

  /** Runs a command on the run, and returns what it said. */
  private String invoke(String... command) throws IOException {
    Files.writeString(directory.resolve("tokenizer.json"), "{}");
    Path yaml = directory.resolve("run.yaml");
    Files.writeString(
        yaml,
        """
        run: run
        model: {path: %s, labels: [low, high]}
        data: {source: toy}
        train: {method: adamw, steps: 60}
        """
            .formatted(directory));
    List<String> arguments = new ArrayList<>(List.of(command));
    arguments.addAll(List.of("-c", yaml.toString(), "--kafka", cluster.bootstrapServers()));
    arguments.addAll(List.of("--prefix", cluster.prefix()));
    StringWriter said = new StringWriter();
    PrintWriter printer = new PrintWriter(said, true);
    int exit = Main.run(printer, printer, arguments.toArray(String[]::new));
    assertThat(exit).as(said.toString()).isZero();
    return said.toString();
  }

  private Snapshots snapshots() {
    return Snapshots.read(cluster, "run", warnings::add);
  }

  private Map<String, String> tensors(CheckpointLog log, Snapshots snapshots, String checkpoint)
      throws IOException {
    Map<String, String> tensors = new TreeMap<>();
    try (BaseModel base = BaseModel.open(directory);
        TensorReader reader = new TensorReader(cluster)) {
      ModelVersion version = ModelVersion.of(base, log, log.get(checkpoint), reader, snapshots);
      version.names().forEach(name -> tensors.put(name, digest(version.floats(name))));
    }
    return tensors;
  }

  private static String digest(float[] values) {
    return Digests.hex(Digests.sha256(LittleEndian.bytes(values)));
  }

  private Map<String, Double> scores(TrainerConfig config) {
    HeldOut heldOut = HeldOut.read(cluster, config.stream());
    try (CheckpointModel opened = CheckpointModel.open(cluster, config, LAST)) {
      return heldOut.scores(opened.model(), 2);
    }
  }

  private static Map<String, Double> recorded(CheckpointLog log) {
    Map<String, Double> metrics = new HashMap<>(log.get(LAST).getMetrics());
    metrics.keySet().retainAll(Metric.keys());
    return metrics;
  }
}
