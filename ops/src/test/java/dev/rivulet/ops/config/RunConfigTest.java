package dev.rivulet.ops.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import dev.rivulet.trainer.method.LoqtConfig;
import dev.rivulet.trainer.method.LoraConfig;
import dev.rivulet.trainer.method.LoraScaling;
import dev.rivulet.trainer.method.LozoConfig;
import dev.rivulet.trainer.method.MomentPolicy;
import dev.rivulet.trainer.method.RefreshRule;
import dev.rivulet.trainer.method.ResidualPolicy;
import dev.rivulet.trainer.model.MemoryMode;
import dev.rivulet.trainer.tensor.EngineConfig;
import dev.rivulet.trainer.tensor.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunConfigTest {
  private static final String LORA =
      """
      run: adapter
      model: {path: minilm, labels: [no, yes]}
      train: {steps: 400, method: lora}
      """;

  private final Path folder;

  RunConfigTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @BeforeEach
  void model() throws IOException {
    Files.createDirectory(folder.resolve("minilm"));
    for (String file : List.of("config.json", "model.safetensors", "tokenizer.json")) {
      Files.createFile(folder.resolve("minilm").resolve(file));
    }
  }

  @Test
  void keys_all_pinnedWithTheirDefaults() {
    assertThat(RunConfig.keys().stream().map(key -> key.name() + " = " + key.fallback()))
        .containsExactly(
            "run = ",
            "kafka.address = ",
            "kafka.clientSettings = ",
            "kafka.prefix = rivulet.",
            "kafka.port = 0",
            "model.path = ",
            "model.labels = []",
            "data.stream = run",
            "data.source = ",
            "data.task = classification",
            "data.endOfText = ",
            "data.batchSize = 16",
            "data.maxLength = 64",
            "data.shuffleWindow = 65536",
            "data.epochs = 1",
            "data.follow = false",
            "data.evalShare = 0.1",
            "train.seed = 0",
            "train.method = adarankgrad",
            "train.steps = ",
            "train.warmupSteps = 0",
            "train.accumulate = 1",
            "train.learningRate = 0.0001",
            "train.schedule = linear",
            "train.clipNorm = 1",
            "train.trainEmbeddings = false",
            "train.evaluateEvery = 100",
            "train.checkpointEvery = 100",
            "train.decisionTimeout = 60s",
            "engine.base = fp32",
            "engine.rounding = nearest",
            "engine.memory = auto",
            "engine.device = auto",
            "engine.threads = " + Processors.cores(),
            "engine.precision = fp32",
            "adamw.beta1 = 0.9",
            "adamw.beta2 = 0.999",
            "adamw.epsilon = 1E-8",
            "adamw.weightDecay = 0",
            "adarankgrad.minRank = 1",
            "adarankgrad.maxRank = 32",
            "adarankgrad.refreshEvery = 100",
            "adarankgrad.refreshEarliest = ",
            "adarankgrad.normShare = 0",
            "adarankgrad.residualExcess = 0",
            "adarankgrad.displacement = 0",
            "adarankgrad.energyShare = 0.9",
            "adarankgrad.scale = 4",
            "adarankgrad.oversampling = 8",
            "adarankgrad.powerIterations = 1",
            "adarankgrad.warmStart = true",
            "adarankgrad.hysteresis = 0",
            "adarankgrad.budget = ",
            "adarankgrad.moments = transport",
            "adarankgrad.residual = none",
            "loqt.rank = 32",
            "loqt.scale = 2",
            "loqt.tau = 100",
            "loqt.psi = 1.2",
            "loqt.maxGap = ",
            "loqt.compensation = 5",
            "loqt.quantizeBasis = true",
            "loqt.moments = transport",
            "loqt.oversampling = 8",
            "loqt.powerIterations = 1",
            "lora.rank = 8",
            "lora.rankPattern = ",
            "lora.alpha = 16",
            "lora.scaling = rank",
            "lora.targets = []",
            "lozo.queries = 0",
            "lozo.normalise = false",
            "lozo.rank = 2",
            "lozo.redrawEvery = 50",
            "lozo.epsilon = 0.001",
            "lozo.momentum = 0",
            "monitor.nonFinite.enabled = true",
            "monitor.lossSpike.enabled = true",
            "monitor.lossSpike.window = 200",
            "monitor.lossSpike.warmUp = 50",
            "monitor.lossSpike.alertSigma = 5",
            "monitor.lossSpike.actSigma = 7",
            "monitor.lossSpike.hits = 3",
            "monitor.lossSpike.sigmaFloorShare = 0.02",
            "monitor.lossSpike.sigmaFloor = 0.05",
            "monitor.stableAfter = 20",
            "monitor.learningRateScale = 0.5",
            "monitor.maxRollbacks = 5",
            "monitor.commitInterval = 20ms",
            "monitor.threads = 1",
            "status.host = 127.0.0.1",
            "status.port = 8080");
  }

  @Test
  void load_requiredKeysOnly_restByDefault() throws IOException {
    RunConfig config =
        load(
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
        load(
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
  void load_loqt_readsItsSection() throws IOException {
    RunConfig config =
        load(
            """
            run: tales
            model: {path: minilm}
            data: {task: causal-lm}
            train: {method: loqt, steps: 400}
            engine: {base: nf4-dq, rounding: stochastic}
            loqt: {rank: 8, maxGap: 500, compensation: 0, quantizeBasis: false, moments: reset}
            """);

    assertThat(config.trainer().model().base()).isEqualTo(BaseForm.NF4_DQ);
    assertThat(config.trainer().model().rounding()).isEqualTo(RoundingPolicy.STOCHASTIC);
    assertThat(config.trainer().method())
        .isEqualTo(
            new LoqtConfig(
                AdamWConfig.DEFAULT,
                8,
                2,
                100,
                1.2,
                OptionalInt.of(500),
                0,
                false,
                MomentPolicy.RESET,
                8,
                1));
  }

  @Test
  void load_loraWithRankPattern_holdsTheFilesContent() throws IOException {
    Files.writeString(
        folder.resolve("ranks.json"), "{\"layer.0.query\": 3, \"layer.1.query\": 12}");
    RunConfig config =
        load(
            """
            run: adapter
            model: {path: minilm, labels: [no, yes]}
            train: {steps: 400, method: lora}
            adamw: {beta2: 0.99}
            lora: {alpha: 8, scaling: root-rank, rankPattern: ranks.json, targets: [query, value]}
            """);

    assertThat(config.trainer().method())
        .isEqualTo(
            new LoraConfig(
                new AdamWConfig(0.9, 0.99, 1e-8, 0),
                8,
                8.0,
                LoraScaling.ROOT_RANK,
                Map.of("layer.0.query", 3, "layer.1.query", 12),
                List.of("query", "value")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[3]                  | it is no object of layers and ranks",
        "{}                   | it is no object of layers and ranks",
        "{\"a\": 3             | line 1 is not JSON",
        "{\"a\": 3, \"a\": 4}  | Duplicate field 'a'",
        "{\"a\": 0}           | layer a has 0 for a rank: use a whole number of at least 1",
        "{\"a\": 1.5}         | layer a has 1.5 for a rank",
        "{\"a\": \"3\"}       | layer a has \"3\" for a rank"
      })
  void load_loraWithBrokenRankPattern_saysWhatIsWrong(String content, String reason)
      throws IOException {
    Files.writeString(folder.resolve("ranks.json"), content);
    assertThatThrownBy(() -> load(LORA + "lora: {rankPattern: ranks.json}\n"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(": 1 problem\n")
        .hasMessageContaining("lora.rankPattern: \"ranks.json\" (line 4) must be a file of ranks")
        .hasMessageContaining(reason);
  }

  @Test
  void load_loraWithRankAndPatternThatIsNotThere_bothReported() {
    assertThatThrownBy(() -> load(LORA + "lora: {rank: 4, rankPattern: none.json}\n"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(": 2 problems")
        .hasMessageContaining(
            "lora.rank: 4 (line 4) must be absent where lora.rankPattern gives the ranks")
        .hasMessageContaining(folder.resolve("none.json") + ": there is none");
  }

  @Test
  void load_lozo_bound() throws IOException {
    RunConfig config =
        load(
            """
            run: third
            model: {path: minilm, labels: [no, yes]}
            train: {steps: 400, method: lozo}
            lozo: {rank: 4, redrawEvery: 100, epsilon: 1e-4, momentum: 0.7, queries: 8, normalise: true}
            """);

    assertThat(config.trainer().method()).isEqualTo(new LozoConfig(4, 100, 1e-4, 0.7, 8, true));
  }

  @Test
  void load_causalLanguageModelling_needsNoLabels() throws IOException {
    RunConfig config =
        load(
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

  @Test
  void load_classificationWithoutLabelsButAnEndOfText_bothReportedWithTheRest() {
    assertThatThrownBy(
            () ->
                load(
                    """
                    run: tales
                    model: {path: minilm}
                    data: {endOfText: </s>, evalShare: 2}
                    train: {steps: 400}
                    """))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(": 2 problems")
        .hasMessageContaining("labels []: give at least two different class names")
        .hasMessageContaining("endOfText '</s>': only for language modelling")
        .hasMessageContaining("data.evalShare: 2 (line 3) must be a number in [0, 1)");
  }

  @Test
  void load_unknownTask_choicesNamed() {
    assertThatThrownBy(
            () ->
                load(
                    """
                    run: tales
                    model: {path: minilm, labels: [no, yes]}
                    data: {task: causal}
                    train: {steps: 400}
                    """))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(
            "data.task: \"causal\" (line 3) must be one of classification, causal-lm");
  }

  @Test
  void load_threeUnknownKeysAndOneWrongType_allReportedWithNearestKey() throws IOException {
    assertThatThrownBy(
            () ->
                load(
                    """
                    run: third
                    modle: {path: minilm}
                    model: {path: minilm, labels: [no, yes]}
                    train:
                      steps: many
                      learnigRate: 0.001
                    adarankgrad:
                      max_rank: 8
                    """))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith(folder.resolve("run.yaml") + ": 4 problems\n")
        .hasMessageContaining("modle: unknown key (line 2), did you mean model?")
        .hasMessageContaining("train.steps: \"many\" (line 5) must be a whole number of at least 1")
        .hasMessageContaining(
            "train.learnigRate: unknown key (line 6), did you mean train.learningRate?")
        .hasMessageContaining(
            "adarankgrad.max_rank: unknown key (line 8), did you mean adarankgrad.maxRank?");
  }

  @Test
  void load_valuesThatDoNotFitEachOther_reported() throws IOException {
    assertThatThrownBy(
            () ->
                load(
                    """
                    run: a/b
                    model: {path: elsewhere, labels: [no, no]}
                    train: {steps: 10, warmupSteps: 11, decisionTimeout: 60}
                    adarankgrad: {minRank: 9, maxRank: 8, budget: -1MB}
                    data: {follow: true, epochs: 2}
                    lozo: {queries: 1, normalise: true, rank: 0}
                    monitor: {lossSpike: {warmUp: 201}}
                    """))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(": 11 problems")
        .hasMessageContaining("run: \"a/b\" (line 1) must be 1 to 100 letters")
        .hasMessageContaining("model.path: \"elsewhere\" (line 2) must be a Hugging Face directory")
        .hasMessageContaining("model.labels: [\"no\",\"no\"] (line 2) must be names that differ")
        .hasMessageContaining("train.warmupSteps: 11 (line 3) must be at most train.steps")
        .hasMessageContaining("data: stream 'run'")
        .hasMessageContaining("monitor.lossSpike: warmUp is 201")
        .hasMessageContaining("train.decisionTimeout: 60 (line 3) must be a duration")
        .hasMessageContaining("adarankgrad.minRank: 9 (line 4) must be at most adarankgrad.maxRank")
        .hasMessageContaining("adarankgrad.budget: \"-1MB\" (line 4) must be a size")
        .hasMessageContaining(
            "lozo.normalise: true (line 6) must be false with fewer than 2 lozo.queries")
        .hasMessageContaining("lozo.rank: 0 (line 6) must be a whole number of at least 1");
  }

  @Test
  void load_baseThatDoesNotSuit_saysWhichOneDoes() {
    String run = "run: first\nmodel: {path: minilm, labels: [no, yes]}\ntrain: {steps: 1}\n";
    assertThatThrownBy(() -> load(run + "engine: {rounding: stochastic}"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("engine.rounding: \"stochastic\" (line 4) must be nearest where");
    assertThatThrownBy(() -> load(run + "engine: {base: bf16}\nadarankgrad: {residual: fira}"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("engine.base: \"bf16\" (line 4) must be fp32 where adarankgrad");
  }

  @Test
  void load_emptyFile_missingKeysNamed() throws IOException {
    assertThatThrownBy(() -> load(""))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("run is missing")
        .hasMessageContaining("model.path is missing")
        .hasMessageContaining("train.steps is missing");
  }

  @Test
  void load_keyTwice_lineNamed() throws IOException {
    assertThatThrownBy(() -> load("run: a\nrun: b\n"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("line 2")
        .hasMessageContaining("'run'");
  }

  private RunConfig load(String yaml) throws IOException {
    Path file = folder.resolve("run.yaml");
    Files.writeString(file, yaml);
    return RunConfig.load(file);
  }
}
