package dev.rivulet.ops.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.ops.cli.Main;
import dev.rivulet.ops.config.RunConfig;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.rankmonitor.MonitorConfig;
import dev.rivulet.rankmonitor.RankMonitor;
import dev.rivulet.schemas.adapter.LoraModule;
import dev.rivulet.schemas.adapter.PeftAdapter;
import dev.rivulet.schemas.broker.BrokerFixture;
import dev.rivulet.schemas.broker.Tmpfs;
import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.checkpoint.TensorReader;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.Sha256;
import dev.rivulet.schemas.record.TensorRef;
import dev.rivulet.schemas.tensor.ElementType;
import dev.rivulet.schemas.tensor.SafetensorsFile;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.RunKey;
import dev.rivulet.schemas.topic.Topics;
import dev.rivulet.schemas.version.BaseModel;
import dev.rivulet.schemas.version.ModelVersion;
import dev.rivulet.trainer.checkpoint.CheckpointModel;
import dev.rivulet.trainer.config.TrainerConfig;
import dev.rivulet.trainer.eval.HeldOut;
import dev.rivulet.trainer.loop.Trainer;
import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.run.SmallBert;
import dev.rivulet.trainer.run.ToyStream;
import dev.rivulet.trainer.run.TrainerProcess;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Exports of runs that a real trainer has taken, loaded again. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(BrokerFixture.class)
@Timeout(300)
class ExportIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final KafkaCluster cluster;
  private final Path base;
  private final RankMonitor monitor;
  private final Set<String> trained = new HashSet<>();
  @TempDir private Path folder;

  private String run = "";
  private String out = "";
  private String err = "";

  ExportIT(KafkaCluster cluster, @TempDir Path base, @TempDir Path state) {
    this.cluster = cluster;
    this.base = base;
    monitor = new RankMonitor(cluster, MonitorConfig.DEFAULT, state);
  }

  @BeforeAll
  void startMonitor() throws IOException {
    SmallBert.write(base);
    Files.writeString(base.resolve("tokenizer.json"), "{}");
    ToyStream.publish(cluster, "toy", 80, Set.of());
    monitor.start();
  }

  @AfterAll
  void closeMonitor() {
    monitor.close();
  }

  @Test
  void shouldExportLoraAsTheSameAdapter() throws Exception {
    train("lora");
    float[] expected = logitsAt(null);

    JsonNode told = export("peft", "adapter");
    assertThat(told.path("exact").asBoolean()).isTrue();
    assertThat(told.path("relativeError").asDouble()).isZero();
    assertThat(adapted("adapter")).containsExactly(expected, within(1e-5f));
    export("peft", "uniform", "--uniform");
    assertThat(adapted("uniform")).containsExactly(expected, within(1e-5f));
    export("peft", "early", "--checkpoint", "0-000010");
    assertThat(adapted("early")).isNotEqualTo(expected);

    JsonNode json = JSON.readTree(folder.resolve("adapter/adapter_config.json").toFile());
    assertThat(json.path("bias").asText()).isEqualTo("none");
    assertThat(json.path("r").asInt()).isEqualTo(4);
    assertThat(json.path("lora_alpha").asInt()).isEqualTo(16);
    assertThat(texts(json.path("target_modules")))
        .containsExactlyInAnyOrder("query", "key", "value", "output.dense", "intermediate.dense");
    assertThat(texts(json.path("modules_to_save")))
        .containsExactly("classifier", "score", "pooler.dense");
    try (SafetensorsFile file =
        SafetensorsFile.open(folder.resolve("adapter/adapter_model.safetensors"))) {
      assertThat(file.entry("base_model.model.classifier.weight").shape()).containsExactly(2L, 32L);
      assertThat(
              file.entry("base_model.model.bert.encoder.layer.1.output.dense.lora_A.weight")
                  .shape())
          .containsExactly(4L, 64L);
      assertThat(file.entries()).hasSize(2 * 12 + 4);
    }

    assertThat(invoke("eval", "--adapter", folder.resolve("adapter").toString(), "--json"))
        .isEqualTo(ExitCode.OK);
    JsonNode scores = JSON.readTree(out);
    Map<String, Double> recorded = log().newest().orElseThrow().getMetrics();
    assertThat(scores.at("/metrics/accuracy").asDouble()).isEqualTo(recorded.get("accuracy"));
    assertThat(scores.at("/metrics/evalLoss").asDouble())
        .isCloseTo(Objects.requireNonNull(recorded.get("evalLoss")), within(1e-6));
  }

  @ParameterizedTest
  @ValueSource(strings = {"adarankgrad", "adamw", "loqt"})
  void shouldExportAHuggingFaceDirectoryOfTheSameModel(String method) throws Exception {
    train(method);

    for (String checkpoint : new String[] {"0-000020", "0-000060"}) {
      export("hf", checkpoint, "--checkpoint", checkpoint, "--dtype", "f32");
      assertThat(loaded(checkpoint)).containsExactly(logitsAt(checkpoint), within(2e-5f));
    }
    export("hf", "half", "--dtype", "bf16");
    assertThat(loaded("half")).containsExactly(logitsAt(null), within(0.1f));

    Path half = folder.resolve("half");
    JsonNode json = JSON.readTree(half.resolve("config.json").toFile());
    assertThat(texts(json.path("architectures"))).containsExactly("BertForSequenceClassification");
    assertThat(json.at("/id2label/1").asText()).isEqualTo("high");
    assertThat(json.at("/label2id/high").asInt()).isEqualTo(1);
    assertThat(json.path("torch_dtype").asText()).isEqualTo("bfloat16");
    assertThat(json.path("hidden_size").asInt()).isEqualTo(32);
    assertThat(half.resolve("tokenizer.json")).hasContent("{}");
    try (SafetensorsFile file = SafetensorsFile.open(half.resolve("model.safetensors"))) {
      assertThat(file.metadata()).containsEntry("format", "pt");
      assertThat(file.entries().values()).allMatch(entry -> entry.type() == ElementType.BF16);
      assertThat(file.entries().keySet())
          .contains("bert.embeddings.word_embeddings.weight", "bert.pooler.dense.weight")
          .contains("classifier.weight", "classifier.bias")
          .allMatch(name -> name.startsWith("bert.") || name.startsWith("classifier."));
    }
  }

  @Test
  void shouldExportOtherMethodsAsTheNearestAdapterAndTellItsError() throws Exception {
    train("adarankgrad");
    float[] expected = logitsAt(null);

    JsonNode whole = export("peft", "whole", "--rank", "32");
    assertThat(whole.path("exact").asBoolean()).isFalse();
    assertThat(whole.path("relativeError").asDouble()).isLessThan(1e-5);
    assertThat(adapted("whole")).containsExactly(expected, within(1e-4f));

    JsonNode low = export("peft", "low", "--rank", "2");
    assertThat(low.path("relativeError").asDouble()).isBetween(0.01, 0.9);
    assertThat(low.path("layers")).hasSize(12);
    assertThat(low.path("layers")).allMatch(layer -> layer.path("rank").asInt() == 2);
    assertThat(PeftAdapter.read(folder.resolve("low")).modules())
        .extracting(LoraModule::rank)
        .containsOnly(2);
    assertThat(distance(adapted("low"), expected))
        .isGreaterThan(distance(adapted("whole"), expected));

    assertThat(invoke("export", "--format", "peft", "--output", folder.resolve("told").toString()))
        .isEqualTo(ExitCode.OK);
    assertThat(out)
        .startsWith("layer ")
        .contains(
            "run adarankgrad, checkpoint 0-000060, step 60: the nearest PEFT adapter of rank 16, ");
  }

  /** Folds the exported factors as their README tells, without the program's own fold. */
  @Test
  void shouldExportFactorsThatAnyoneCanFold() throws Exception {
    train("adarankgrad");
    export("factors", "factors");
    Path target = folder.resolve("factors");
    assertThat(target.resolve("README.md")).content().contains("fma(scale");
    JsonNode json = JSON.readTree(target.resolve("factors.json").toFile());
    assertThat(json.path("sealed").size()).isEqualTo(3 * 12);

    try (SafetensorsFile factors = SafetensorsFile.open(target.resolve("factors.safetensors"));
        BaseModel files = BaseModel.open(base);
        TensorReader reader = new TensorReader(cluster)) {
      Map<String, float[]> weights = new HashMap<>();
      Stream.of(json.path("sealed"), json.path("open"))
          .forEach(
              list ->
                  list.forEach(
                      factor ->
                          fold(
                              weights.computeIfAbsent(
                                  factor.path("layer").asText() + ".weight",
                                  name -> turned(files.floats(name), files.entry(name).shape())),
                              factor,
                              factors)));
      ModelVersion version = ModelVersion.of(files, log(), log().newest().orElseThrow(), reader);
      assertThat(weights).hasSize(12);
      weights.forEach(
          (name, weight) -> {
            List<Long> shape = version.shape(name);
            assertThat(turned(weight, List.of(shape.get(1), shape.get(0))))
                .isEqualTo(version.floats(name));
          });
      assertThat(factors.floats(json.at("/dense/classifier.bias").asText()))
          .isEqualTo(version.floats("classifier.bias"));
    }
  }

  @Test
  void shouldLeaveNothingWhereAnExportFails() throws Exception {
    train("adamw", "damaged");
    Files.createDirectory(folder.resolve("there"));
    assertThat(invoke("export", "--format", "hf", "--output", folder.resolve("there").toString()))
        .isEqualTo(ExitCode.USAGE);
    assertThat(err).contains("there: it exists: remove it, or name another folder");
    assertThat(invoke("export", "--format", "hf", "--output", "x", "--rank", "3"))
        .isEqualTo(ExitCode.USAGE);
    assertThat(err).contains("--uniform and --rank are for --format peft");

    Manifest newest = log().newest().orElseThrow();
    List<TensorRef> dense = new ArrayList<>(newest.getDense());
    TensorRef last = dense.get(dense.size() - 1);
    dense.set(
        dense.size() - 1, TensorRef.newBuilder(last).setSha256(new Sha256(new byte[32])).build());
    publish(Manifest.newBuilder(newest).setCheckpoint("0-000099").setDense(dense).build());
    for (String format : new String[] {"hf", "factors"}) {
      String output = folder.resolve("damaged").toString();
      assertThat(
              invoke("export", "--format", format, "--checkpoint", "0-000099", "--output", output))
          .isEqualTo(ExitCode.FAILED);
      assertThat(err)
          .startsWith("rivulet: tensor " + last.getName() + " is damaged at ")
          .hasLineCount(1);
    }
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("run.yaml", "there");
    }
  }

  @Test
  @Tag("fault")
  void shouldTellOfAFullDiskAndLeaveNothingThere(@TempDir Path mount) throws Exception {
    try (Tmpfs disk = Tmpfs.mount(mount, 4)) {
      train("adarankgrad", "disk");
      disk.fill(40_000);
      String output = disk.root().resolve("out").toString();
      for (String format : new String[] {"hf", "peft", "factors"}) {
        assertThat(invoke("export", "--format", format, "--output", output))
            .as(format)
            .isEqualTo(ExitCode.USAGE);
        assertThat(err).as(format).contains("No space left on device").hasLineCount(1);
      }
      assertThat(invoke("rebase", "--store", disk.root().toUri().toString()))
          .isEqualTo(ExitCode.USAGE);
      assertThat(err)
          .containsPattern("the snapshot takes \\d+ bytes and \\d+ are free")
          .hasLineCount(1);
      assertThat(mount.toFile().list()).containsExactly("filler");

      disk.free();
      assertThat(invoke("export", "--format", "hf", "--output", output)).isEqualTo(ExitCode.OK);
      assertThat(invoke("rebase", "--store", disk.root().toUri().toString()))
          .isEqualTo(ExitCode.OK);
    }
  }

  private static void fold(float[] weight, JsonNode factor, SafetensorsFile factors) {
    float[] left = factors.floats(factor.path("left").asText());
    float[] right = factors.floats(factor.path("right").asText());
    float scale = (float) factor.path("scale").asDouble();
    int rank = factor.path("rank").asInt();
    int out = rank == 0 ? 1 : right.length / rank;
    for (int i = 0; i < weight.length; i++) {
      for (int k = 0; k < rank; k++) {
        weight[i] = Math.fma(scale * left[i / out * rank + k], right[k * out + i % out], weight[i]);
      }
    }
  }

  private static float[] turned(float[] values, List<Long> shape) {
    int rows = Math.toIntExact(shape.get(0));
    int columns = Math.toIntExact(shape.get(1));
    float[] turned = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      turned[i % columns * rows + i / columns] = values[i];
    }
    return turned;
  }

  private static double distance(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += Math.pow(a[i] - b[i], 2);
    }
    return Math.sqrt(sum);
  }

  /** Trains the run of a method, which the tests share and leave as it is. */
  private void train(String method) throws IOException {
    train(method, method);
  }

  private void train(String method, String name) throws IOException {
    run = name;
    Files.writeString(
        config(),
        """
        run: %s
        model: {path: %s, labels: [low, high]}
        data: {stream: toy}
        train: {steps: 60}
        engine: {device: cpu, threads: 1, precision: fp32}
        """
            .formatted(run, base));
    if (trained.add(run)) {
      try (Trainer trainer =
          new Trainer(cluster, TrainerProcess.config(run, "toy", base, method))) {
        assertThat(trainer.run().finished()).isTrue();
      }
    }
  }

  private Path config() {
    return folder.resolve("run.yaml");
  }

  private CheckpointLog log() {
    return CheckpointLog.read(cluster, run);
  }

  private TrainerConfig trainerConfig() {
    return RunConfig.load(config()).trainer();
  }

  private float[] logitsAt(@Nullable String checkpoint) {
    try (CheckpointModel opened = CheckpointModel.open(cluster, trainerConfig(), checkpoint)) {
      return logits(opened);
    }
  }

  private float[] adapted(String adapter) {
    try (CheckpointModel opened =
        CheckpointModel.adapted(trainerConfig(), folder.resolve(adapter))) {
      return logits(opened);
    }
  }

  private float[] loaded(String directory) throws IOException {
    Path file = folder.resolve(directory + ".yaml");
    Files.writeString(file, Files.readString(config()).replace(base.toString(), directory));
    try (CheckpointModel opened = CheckpointModel.base(RunConfig.load(file).trainer())) {
      return logits(opened);
    }
  }

  private float[] logits(CheckpointModel opened) {
    try (TokenBatch batch =
        TokenBatch.of(
            opened.model().kernels().manager(), HeldOut.read(cluster, "toy").batches().get(0))) {
      return opened.model().logits(batch);
    }
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(text -> texts.add(text.asText()));
    return texts;
  }

  private JsonNode export(String format, String output, String... more) throws IOException {
    List<String> args = new ArrayList<>(List.of("export", "--format", format, "--json"));
    args.addAll(List.of("--output", folder.resolve(output).toString()));
    args.addAll(List.of(more));
    assertThat(invoke(args.toArray(String[]::new))).as(err).isEqualTo(ExitCode.OK);
    return JSON.readTree(out);
  }

  private int invoke(String... args) {
    List<String> all = new ArrayList<>(List.of(args));
    all.addAll(List.of("-c", config().toString()));
    all.addAll(List.of("--kafka", cluster.bootstrapServers(), "--prefix", cluster.prefix()));
    StringWriter toOut = new StringWriter();
    StringWriter toErr = new StringWriter();
    int exit =
        Main.run(
            new PrintWriter(toOut, true), new PrintWriter(toErr, true), all.toArray(String[]::new));
    out = toOut.toString();
    err = toErr.toString();
    return exit;
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
}
