package dev.rivulet.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rivulet.rankmonitor.MonitorConfig;
import dev.rivulet.rankmonitor.RankMonitor;
import dev.rivulet.schemas.broker.BrokerFixture;
import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.checkpoint.TensorReader;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.Step;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.TopicReader;
import dev.rivulet.schemas.topic.Topics;
import dev.rivulet.schemas.version.BaseModel;
import dev.rivulet.schemas.version.ModelVersion;
import dev.rivulet.trainer.config.TrainerConfig;
import dev.rivulet.trainer.loop.Trainer;
import dev.rivulet.trainer.model.FreshModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Versions folded from base files and log, compared with the trainer's weights. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(BrokerFixture.class)
@Timeout(300)
class ModelVersionIT {
  private static final List<String> LABELS = List.of("low", "high");

  private final KafkaCluster cluster;
  private final RankMonitor monitor;
  @TempDir private Path directory;

  ModelVersionIT(KafkaCluster cluster, @TempDir Path state) {
    this.cluster = cluster;
    monitor = new RankMonitor(cluster, MonitorConfig.DEFAULT, state);
  }

  @BeforeAll
  void startMonitor() {
    monitor.start();
  }

  @AfterAll
  void closeMonitor() {
    monitor.close();
  }

  @ParameterizedTest
  @CsvSource({
    "adarankgrad, FP32",
    "adarankgrad, BF16",
    "adarankgrad, NF4",
    "loqt, NF4",
    "lora, FP32",
    "lora, NF4",
    "lozo, FP32",
    "lozo, BF16",
    "adamw, FP32"
  })
  void shouldEqualTheTrainersWeightsAtEachCheckpoint(String method, BaseForm base)
      throws IOException {
    String run = method + "-" + base;
    ToyStream.publish(cluster, run, TrainerProcess.STEPS + 20, Set.of());
    TrainerConfig config =
        TrainerProcess.config(run, run, SmallBert.write(directory), LABELS, method, 1, base);
    requireEqualAtEachCheckpoint(config);
  }

  @ParameterizedTest
  @CsvSource({"adarankgrad, NF4, true", "adamw, FP32, false", "lozo, FP32, true"})
  void shouldEqualTheTrainersWeightsOfALanguageModel(String method, BaseForm base, boolean tied)
      throws IOException {
    Files.writeString(
        directory.resolve("config.json"),
        """
        {"model_type": "llama", "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
         "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 256,
         "max_position_embeddings": 64, "tie_word_embeddings": %s}
        """
            .formatted(tied));
    FreshModel.write(directory, 0);
    String run = "text-" + method;
    ToyText.publish(cluster, run, TrainerProcess.STEPS + 20);
    requireEqualAtEachCheckpoint(
        TrainerProcess.config(run, run, directory, List.of(), method, 1, base));
  }

  private void requireEqualAtEachCheckpoint(TrainerConfig config) throws IOException {
    train(config);
    CheckpointLog log = CheckpointLog.read(cluster, config.run());
    assertThat(log.manifests()).hasSize(7);
    try (ShadowRun shadow = new ShadowRun(config, batches(config.stream()));
        BaseModel base = BaseModel.open(config.model().path());
        TensorReader reader = new TensorReader(cluster)) {
      requireEqual(ModelVersion.of(base, log, log.get("0-000000"), reader), shadow.tensors());
      for (Step step : new RunReader(cluster, config.run()).steps()) {
        shadow.take(step);
        Manifest manifest =
            log.manifests().get(CheckpointLog.name(step.getEpoch(), step.getStep()));
        if (manifest != null) {
          requireEqual(ModelVersion.of(base, log, manifest, reader), shadow.tensors());
        }
      }
    }
  }

  private static void requireEqual(ModelVersion version, Map<String, float[]> expected)
      throws IOException {
    String checkpoint = version.manifest().getCheckpoint();
    assertThat(version.names()).as(checkpoint).containsExactlyElementsOf(expected.keySet());
    Set<String> changed = version.changedSinceBase();
    expected.forEach(
        (name, values) -> {
          assertThat(version.floats(name)).as("%s, %s", checkpoint, name).isEqualTo(values);
          assertThat(version.shape(name).stream().reduce(1L, (a, b) -> a * b))
              .isEqualTo(values.length);
          if (!changed.contains(name)) {
            assertThat(version.base().floats(name)).as(name).isEqualTo(values);
          }
        });
  }

  @Test
  void shouldReportChangedTensorsAndRefuseAnotherBase() throws IOException {
    ToyStream.publish(cluster, "changed", TrainerProcess.STEPS + 20, Set.of());
    TrainerConfig config =
        TrainerProcess.config("changed", "changed", SmallBert.write(directory), "lora");
    train(config);
    CheckpointLog log = CheckpointLog.read(cluster, "changed");

    try (BaseModel base = BaseModel.open(directory);
        TensorReader reader = new TensorReader(cluster)) {
      ModelVersion early = ModelVersion.of(base, log, log.get("0-000010"), reader);
      ModelVersion late = ModelVersion.of(base, log, log.get("0-000060"), reader);
      assertThat(late.changedSince(late)).isEmpty();
      assertThat(late.changedSince(early))
          .hasSize(12 + 4)
          .contains("encoder.layer.1.output.dense.weight", "classifier.bias")
          .allMatch(name -> name.matches("encoder.*dense.weight|.*self.*weight|cl.*|pooler.*"));
      assertThat(late.isBase("embeddings.LayerNorm.bias")).isTrue();
      assertThat(late.shape("classifier.weight")).containsExactly(2L, 32L);
      assertThatThrownBy(() -> late.floats("encoder.layer.7.output.dense.weight"))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("has no tensor 'encoder.layer.7.output.dense.weight'");
    }

    Path weights = directory.resolve("model.safetensors");
    byte[] other = Files.readAllBytes(weights);
    other[other.length - 1] ^= 1;
    Files.write(weights, other);
    try (BaseModel base = BaseModel.open(directory);
        TensorReader reader = new TensorReader(cluster)) {
      assertThatThrownBy(() -> ModelVersion.of(base, log, log.get("0-000010"), reader))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("run changed started from a base model with hash ");
    }
  }

  private void train(TrainerConfig config) {
    try (Trainer trainer = new Trainer(cluster, config)) {
      assertThat(trainer.run().finished()).isTrue();
    }
  }

  private Map<Long, Batch> batches(String stream) {
    Map<Long, Batch> batches = new HashMap<>();
    try (Consumer<String, byte[]> consumer = cluster.consumer("test")) {
      TopicReader.forEach(
          cluster,
          consumer,
          Topics.BATCHES,
          (record, batch) -> {
            if (batch.getStream().equals(stream)) {
              batches.put(record.offset(), batch);
            }
          });
    }
    return batches;
  }
}
