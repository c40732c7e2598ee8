package dev.rivulet.ops.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.ops.cli.Main;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.schemas.broker.BrokerFixture;
import dev.rivulet.schemas.broker.Eventually;
import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.Sha256;
import dev.rivulet.schemas.record.Step;
import dev.rivulet.schemas.record.TensorRef;
import dev.rivulet.schemas.record.TopicOffset;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.RunKey;
import dev.rivulet.schemas.topic.TopicReader;
import dev.rivulet.schemas.topic.Topics;
import dev.rivulet.trainer.loop.Trainer;
import dev.rivulet.trainer.run.RunReader;
import dev.rivulet.trainer.run.SmallBert;
import dev.rivulet.trainer.run.ToyStream;
import dev.rivulet.trainer.run.TrainerProcess;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The commands on checkpoints, on runs that a real trainer has taken. */
@ExtendWith(BrokerFixture.class)
@Timeout(300)
class CheckpointCommandsIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final KafkaCluster cluster;
  @TempDir private Path directory;

  private int exit;
  private String out = "";
  private String err = "";

  CheckpointCommandsIT(KafkaCluster shared, @TempDir Path unique) {
    cluster = BrokerFixture.withOwnTopics(shared, "checkpoints-" + unique.getFileName());
  }

  @Test
  void shouldListShowAndCompareCheckpoints() throws Exception {
    ToyStream.publish(cluster, "toy", 80, Set.of());
    train("run", "lora");

    List<JsonNode> rows = json("checkpoints");
    assertThat(rows)
        .extracting(row -> row.path("step").asInt())
        .containsExactly(0, 10, 20, 30, 40, 50, 60);
    assertThat(rows.get(0).path("parent").isNull()).isTrue();
    assertThat(rows.get(3).path("parent").asText()).isEqualTo("0-000020");
    assertThat(rows).allMatch(row -> row.path("newBytes").asLong() > 0);
    assertThat(rows)
        .allMatch(row -> row.path("wholeBytes").asLong() >= row.path("newBytes").asLong());
    assertThat(rows.get(6).path("meanRank").asDouble()).isEqualTo(4);
    assertThat(rows)
        .extracting(row -> row.path("standing").asText())
        .containsExactly(
            "stable", "stable", "stable", "stable", "unproven", "unproven", "unproven");
    assertThat(invoke("checkpoints")).isEqualTo(ExitCode.OK);
    assertThat(out.lines().toList())
        .hasSize(8)
        .first()
        .asString()
        .matches(
            "checkpoint +parent +epoch +step +cause +committed +new +whole +rank +accuracy"
                + " +standing");

    JsonNode shown = json("checkpoints", "show", "0-000020").get(0);
    assertThat(shown.at("/manifest/checkpoint").asText()).isEqualTo("0-000020");
    assertThat(shown.path("lineage"))
        .extracting(it -> it.path("checkpoint").asText())
        .containsExactly("0-000000", "0-000010", "0-000020");
    assertThat(invoke("checkpoints", "show")).isEqualTo(ExitCode.OK);
    assertThat(out)
        .startsWith("run run, checkpoint 0-000060, step 60 of epoch 0\n")
        .contains("\nlineage\ncheckpoint ")
        .containsPattern("open +\\S*encoder.layer.1.output.dense.R +F32 +\\[4, 32] +512 ");

    JsonNode diff = json("checkpoints", "diff", "0-000020", "0-000040").get(0);
    assertThat(diff.path("common").asText()).isEqualTo("0-000020");
    assertThat(diff.at("/settings/step/b").asInt()).isEqualTo(40);
    assertThat(diff.path("settings")).hasSize(2);
    assertThat(diff.path("ranks")).isEmpty();
    assertThat(diff.at("/tensors/classifier.weight").asText()).isEqualTo("changed");
    assertThat(diff.path("tensors")).hasSize(2 * 12 + 4);
    JsonNode changes =
        json("checkpoints", "diff", "0-000020", "0-000040", "-c", config()).get(0).path("changes");
    assertThat(changes).hasSize(12 + 4).allMatch(it -> it.path("norm").asDouble() > 0);
    assertThat(changes)
        .extracting(it -> it.path("tensor").asText())
        .contains("classifier.bias", "encoder.layer.0.attention.self.query.weight");
    assertThat(invoke("checkpoints", "diff", "0-000020", "0-000020")).isEqualTo(ExitCode.OK);
    assertThat(out).contains("the same open factors and dense tensors (28)");

    assertThat(invoke("checkpoints", "show", "0-000007")).isEqualTo(ExitCode.USAGE);
    assertThat(err).startsWith("rivulet: run run has no checkpoint 0-000007; it has [0-000000, 0");
  }

  @Test
  void shouldAskWhichRunIsMeant() throws Exception {
    assertThat(invoke("checkpoints")).isEqualTo(ExitCode.USAGE);
    assertThat(err).isEqualTo("rivulet: no run has a checkpoint yet\n");
    ToyStream.publish(cluster, "toy", 10, Set.of());
    train("one", "adamw");
    train("two", "adamw");

    assertThat(invoke("checkpoints")).isEqualTo(ExitCode.USAGE);
    assertThat(err)
        .isEqualTo("rivulet: the log has several runs: use --run with one of [one, two]\n");
    assertThat(json("checkpoints", "--run", "two")).hasSize(2);
    assertThat(invoke("checkpoints", "--run", "three")).isEqualTo(ExitCode.USAGE);
    assertThat(err).contains("run three has no checkpoint; runs with checkpoints: [one, two]");
  }

  @Test
  void shouldTakeAFinishedRunBackAtItsNextStart() throws Exception {
    ToyStream.publish(cluster, "toy", 80, Set.of());
    train("run", "adamw");

    JsonNode order =
        json("rollback", "--to", "0-000020", "--skip", "25-26", "--learning-rate-scale", "0.5")
            .get(0);
    assertThat(exit).isEqualTo(ExitCode.OK);
    assertThat(order.path("done").asBoolean()).isFalse();
    assertThat(order.path("from").asText()).isEqualTo("0-000060");

    assertThat(train("run", "adamw").step()).isEqualTo(60);
    Manifest back = log("run").get("1-000020");
    assertThat(back.getCause()).isEqualTo(Cause.ROLLBACK);
    assertThat(back.getParent()).isEqualTo("0-000020");
    assertThat(back.getLearningRateScale()).isEqualTo(0.5);
    assertThat(log("run").newest().orElseThrow().getCause()).isEqualTo(Cause.FINISH);
    assertThat(offsets("run", 1)).startsWith(20L, 21L, 22L, 23L, 24L, 27L, 28L).endsWith(61L);
    assertThat(json("checkpoints"))
        .filteredOn(row -> row.path("standing").asText().equals("superseded"))
        .extracting(row -> row.path("checkpoint").asText())
        .containsExactly("0-000030", "0-000040", "0-000050", "0-000060");

    // It has acted once, and does not again.
    assertThat(train("run", "adamw").checkpoint()).isEqualTo("1-000060");
  }

  @Test
  void shouldTakeARunBackWhileItIsTrainedOn() throws Exception {
    ToyStream.publishOpen(cluster, "toy", 25);
    CompletableFuture<Trainer.Outcome> trainer =
        CompletableFuture.supplyAsync(() -> train("run", "adamw"));
    awaitStep("run", 25);
    // The trainer waits for a batch that is not there, and obeys all the same.
    assertThat(invoke("rollback", "--to", "0-000010")).isEqualTo(ExitCode.OK);
    assertThat(out)
        .isEqualTo(
            "run run was at step 20 and resumes from step 10: checkpoint 1-000010, from"
                + " 0-000010\n");
    ToyStream.publishRest(cluster, "toy", 25, 80);
    assertThat(trainer.join().finished()).isTrue();
    assertThat(log("run").newest().orElseThrow().getCheckpoint()).isEqualTo("1-000060");

    assertThat(invoke("control", "stop")).isEqualTo(ExitCode.USAGE);
    assertThat(err).isEqualTo("rivulet: run run has finished: there is nothing to stop\n");
  }

  @Test
  void shouldStopATrainerThatGoesOnWhenStartedAgain() throws Exception {
    ToyStream.publishOpen(cluster, "toy", 25);
    CompletableFuture<Trainer.Outcome> trainer =
        CompletableFuture.supplyAsync(() -> train("run", "adamw"));
    awaitStep("run", 25);

    assertThat(invoke("control", "stop", "--reason", "lunch")).isEqualTo(ExitCode.OK);
    assertThat(out).startsWith("run run, epoch 0: stop ordered; ");
    assertThat(trainer.join().finished()).isFalse();
    ToyStream.publishRest(cluster, "toy", 25, 80);
    assertThat(train("run", "adamw").finished()).isTrue();
  }

  @Test
  void shouldRefuseARollbackThatCannotBe() throws Exception {
    ToyStream.publish(cluster, "toy", 10, Set.of());
    train("run", "adamw");

    assertThat(invoke("rollback", "--to", "0-000003")).isEqualTo(ExitCode.USAGE);
    assertThat(err).contains("run run has no checkpoint 0-000003");
    assertThat(invoke("rollback", "--to", "0-000000", "--skip", "7-5")).isEqualTo(ExitCode.USAGE);
    assertThat(err).contains("batches 7-5: the first offset is greater than the last");
    assertThat(invoke("rollback", "--to", "0-000000", "--skip", "x")).isEqualTo(ExitCode.USAGE);
    assertThat(invoke("rollback", "--to", "0-000000", "--learning-rate-scale", "0"))
        .isEqualTo(ExitCode.USAGE);

    Manifest newest = log("run").newest().orElseThrow();
    TensorRef dense = newest.getDense().get(0);
    TensorRef wrong = TensorRef.newBuilder(dense).setSha256(new Sha256(new byte[32])).build();
    publish(Manifest.newBuilder(newest).setCheckpoint("0-000099").setDense(List.of(wrong)).build());
    assertThat(invoke("rollback", "--to", "0-000099")).isEqualTo(ExitCode.FAILED);
    assertThat(err)
        .contains("the run cannot return to checkpoint 0-000099: tensor " + dense.getName())
        .contains("partition 0, offset " + dense.getChunks().get(0).getOffset());
    assertThat(commands()).isEmpty();
  }

  @Test
  void shouldVerifyRunsAndTellWhatIsDamaged() throws Exception {
    ToyStream.publish(cluster, "toy", 80, Set.of());
    train("run", "lora");
    train("other", "adamw");

    JsonNode sound = json("verify", "--run", "run", "-c", config()).get(0);
    assertThat(exit).isEqualTo(ExitCode.OK);
    assertThat(sound.path("sound").asBoolean()).isTrue();
    assertThat(sound.path("checkpoints").asInt()).isEqualTo(7);
    assertThat(sound.path("newest").asText()).isEqualTo("0-000060");
    assertThat(sound.path("bytes").asLong()).isPositive();

    Manifest newest = log("run").newest().orElseThrow();
    TensorRef dense = newest.getDense().get(0);
    TensorRef wrong = TensorRef.newBuilder(dense).setSha256(new Sha256(new byte[32])).build();
    publish(Manifest.newBuilder(newest).setDense(List.of(wrong)).build());
    assertThat(invoke("verify", "--all")).isEqualTo(ExitCode.FAILED);
    assertThat(out.lines().toList())
        .hasSize(3)
        .anySatisfy(
            line ->
                assertThat(line)
                    .startsWith("DAMAGE, checkpoint 0-000060: ")
                    .contains(dense.getName())
                    .contains("partition 0, offset " + dense.getChunks().get(0).getOffset())
                    .endsWith(
                        "; 0-000050 is the newest sound checkpoint: a trainer resumes from it by"
                            + " itself, a finished run after `rivulet rollback --to 0-000050`"))
        .anySatisfy(
            line -> assertThat(line).startsWith("run other: 7 checkpoints, ").endsWith("sound"))
        .anySatisfy(
            line -> assertThat(line).startsWith("run run: 7 checkpoints, ").endsWith("damaged"));
    assertThat(json("verify", "--run", "run").get(0).at("/findings/0/topic").asText())
        .isEqualTo(cluster.name(Topics.FACTORS));

    Path weights = directory.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    bytes[bytes.length - 1] ^= 1;
    Files.write(weights, bytes);
    assertThat(invoke("verify", "--run", "other", "-c", config())).isEqualTo(ExitCode.FAILED);
    assertThat(out).startsWith("the base model in " + directory).contains(": restore its files");
    assertThat(invoke("verify", "--all", "--run", "run")).isEqualTo(ExitCode.USAGE);
  }

  /** Writes the configuration of a run, as far as its model is concerned. */
  private String config() throws IOException {
    Files.writeString(directory.resolve("tokenizer.json"), "{}");
    return Files.writeString(
            directory.resolve("run.yaml"),
            """
            run: run
            model: {path: ., labels: [low, high]}
            data: {stream: toy}
            train: {steps: 60}
            """)
        .toString();
  }

  private void publish(Manifest manifest) throws Exception {
    try (KafkaProducer<String, byte[]> producer = cluster.producer("test", null)) {
      producer
          .send(
              cluster.record(
                  Topics.CHECKPOINTS,
                  RunKey.of(manifest.getRun(), manifest.getCheckpoint()),
                  manifest))
          .get();
    }
  }

  private Trainer.Outcome train(String run, String method) {
    try (Trainer trainer =
        new Trainer(
            cluster, TrainerProcess.config(run, "toy", SmallBert.write(directory), method))) {
      return trainer.run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private CheckpointLog log(String run) {
    return CheckpointLog.read(cluster, run);
  }

  private void awaitStep(String run, long step) {
    Eventually.await(
        "run %s has taken step %d".formatted(run, step),
        () -> steps(run).stream().anyMatch(taken -> taken.getStep() >= step));
  }

  private List<Step> steps(String run) {
    return new RunReader(cluster, run).steps();
  }

  private List<Long> offsets(String run, int epoch) {
    return steps(run).stream()
        .filter(step -> step.getEpoch() == epoch)
        .flatMap(step -> step.getBatches().stream())
        .map(TopicOffset::getOffset)
        .toList();
  }

  private List<String> commands() {
    List<String> issuers = new ArrayList<>();
    try (Consumer<String, byte[]> consumer = cluster.consumer("test")) {
      TopicReader.forEach(
          cluster, consumer, Topics.CONTROL, (record, command) -> issuers.add(command.getIssuer()));
    }
    return issuers;
  }

  private List<JsonNode> json(String... args) throws IOException {
    List<String> all = new ArrayList<>(List.of(args));
    all.add("--json");
    invoke(all.toArray(String[]::new));
    List<JsonNode> values = new ArrayList<>();
    for (String line : out.lines().toList()) {
      values.add(JSON.readTree(line));
    }
    return values;
  }

  private int invoke(String... args) {
    List<String> all = new ArrayList<>(List.of(args));
    all.addAll(List.of("--kafka", cluster.bootstrapServers(), "--prefix", cluster.prefix()));
    StringWriter toOut = new StringWriter();
    StringWriter toErr = new StringWriter();
    exit =
        Main.run(
            new PrintWriter(toOut, true), new PrintWriter(toErr, true), all.toArray(String[]::new));
    out = toOut.toString();
    err = toErr.toString();
    return exit;
  }
}
