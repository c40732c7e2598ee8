package dev.rivulet.ops.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.ingest.pack.PackerConfig;
import dev.rivulet.ops.broker.KafkaSettings;
import dev.rivulet.ops.status.StatusConfig;
import dev.rivulet.rankmonitor.MonitorConfig;
import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.fold.RoundingPolicy;
import dev.rivulet.schemas.record.Task;
import dev.rivulet.trainer.config.CadenceConfig;
import dev.rivulet.trainer.config.LearningRateConfig;
import dev.rivulet.trainer.config.ModelConfig;
import dev.rivulet.trainer.config.OptimizationConfig;
import dev.rivulet.trainer.config.TrainerConfig;
import dev.rivulet.trainer.method.AdaRankGradConfig;
import dev.rivulet.trainer.method.AdamWConfig;
import dev.rivulet.trainer.method.MomentPolicy;
import dev.rivulet.trainer.method.RefreshRule;
import dev.rivulet.trainer.method.ResidualPolicy;
import dev.rivulet.trainer.model.MemoryMode;
import dev.rivulet.trainer.tensor.EngineConfig;
import dev.rivulet.trainer.tensor.Precision;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunConfigTest {
  private final ConfigFolder folder;

  RunConfigTest(@TempDir Path path) throws IOException {
    folder = ConfigFolder.withModels(path, "minilm");
  }

  @Test
  void load_requiredKeysOnly_restByDefault() throws IOException {
    RunConfig config =
        folder.load(
            """
            run: first
            model: {path: minilm, labels: [no, yes]}
            train: {steps: 400}
            """);

    assertThat(config.kafka()).isEqualTo(KafkaSettings.DEFAULT);
    assertThat(config.monitor()).isEqualTo(MonitorConfig.DEFAULT);
    assertThat(config.status()).isEqualTo(StatusConfig.DEFAULT);
    assertThat(config.packer())
        .isEqualTo(
            new PackerConfig(
                "first",
                null,
                folder.resolve("minilm/tokenizer.json"),
                Task.CLASSIFICATION,
                List.of("no", "yes"),
                null,
                16,
                64,
                65_536,
                1,
                false,
                0.1,
                0));
    assertThat(config.trainer())
        .isEqualTo(
            new TrainerConfig(
                "first",
                new ModelConfig(
                    folder.resolve("minilm"),
                    List.of("no", "yes"),
                    false,
                    BaseForm.FP32,
                    RoundingPolicy.NEAREST),
                "first",
                0,
                AdaRankGradConfig.DEFAULT,
                new OptimizationConfig(
                    400,
                    1,
                    new LearningRateConfig(1e-4, 0, LearningRateConfig.Schedule.LINEAR),
                    1.0),
                new CadenceConfig(100, 100),
                Duration.ofSeconds(60),
                Optional.empty(),
                new EngineConfig("auto", Processors.cores(), Optional.of(Precision.FP32))));
  }

  @Test
  void load_everyKindOfValue_bound() throws IOException {
    RunConfig config =
        folder.load(
            """
            run: second
            data:
              stream: mine
              source: reviews
              task: causal-lm
              endOfText: </s>
              follow: true
              evalShare: 0
            kafka: {address: "localhost:9092", clientSettings: client.properties, prefix: t.}
            model: {path: minilm, labels: [0, 1]}
            train:
              method: adarankgrad
              steps: 600
              learningRate: 5e-5
              schedule: cosine
              trainEmbeddings: true
              decisionTimeout: 1.5s
            engine: {threads: 1, device: "gpu:1", precision: auto, memory: lean}
            adamw: {weightDecay: 0.01}
            adarankgrad:
              {budget: 64MB, maxRank: 8, hysteresis: 0.1, refreshEarliest: 40, normShare: 0.4, moments: reset, residual: fira}
            """);

    assertThat(config.kafka().address()).contains("localhost:9092");
    assertThat(config.kafka().clientSettings()).contains(folder.resolve("client.properties"));
    assertThat(config.packer().stream()).isEqualTo("mine");
    assertThat(config.packer().source()).isEqualTo("reviews");
    assertThat(config.packer().task()).isEqualTo(Task.CAUSAL_LM);
    assertThat(config.packer().endOfText()).isEqualTo("</s>");
    assertThat(config.packer().follow()).isTrue();
    TrainerConfig trainer = config.trainer();
    assertThat(trainer.stream()).isEqualTo("mine");
    assertThat(trainer.model().labels()).containsExactly("0", "1");
    assertThat(trainer.optimization().learningRate().peak()).isEqualTo(5e-5);
    assertThat(trainer.optimization().learningRate().schedule())
        .isEqualTo(LearningRateConfig.Schedule.COSINE);
    assertThat(trainer.model().trainEmbeddings()).isTrue();
    assertThat(trainer.decisionTimeout()).isEqualTo(Duration.ofMillis(1500));
    assertThat(trainer.engine()).isEqualTo(new EngineConfig("gpu:1", 1, Optional.empty()));
    assertThat(trainer.memory()).contains(MemoryMode.LEAN);
    assertThat(trainer.method())
        .isEqualTo(
            new AdaRankGradConfig(
                new AdamWConfig(0.9, 0.999, 1e-8, 0.01),
                0.9,
                1,
                8,
                4.0,
                new RefreshRule(100, 40, 0.4, 0, 0),
                8,
                1,
                true,
                0.1,
                OptionalLong.of(64_000_000),
                MomentPolicy.RESET,
                ResidualPolicy.FIRA));
  }

  @Test
  void load_causalLanguageModelling_needsNoLabels() throws IOException {
    RunConfig config =
        folder.load(
            """
            run: tales
            model: {path: minilm}
            data: {task: causal-lm}
            train: {steps: 400}
            """);

    assertThat(config.packer().task()).isEqualTo(Task.CAUSAL_LM);
    assertThat(config.packer().labels()).isEmpty();
    assertThat(config.packer().endOfText()).isNull();
  }
}
