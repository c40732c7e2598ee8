package dev.rivulet.ops.compare;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.rivulet.ops.cli.Main;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.schemas.broker.BrokerFixture;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.trainer.run.SmallBert;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A comparison as a user runs it, on a small model and synthetic samples. */
@ExtendWith(BrokerFixture.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CompareIT {
  /** Without the last token of the small model, whose embedding is not a number. */
  private static final int WORDS = SmallBert.VOCABULARY - 2;

  @TempDir static Path folder;

  private final KafkaCluster cluster;
  private Result first;
  private Result second;

  /** The outcome of a command: its last line of output, and what it wrote to stderr. */
  private record Result(int exit, JsonNode report, String err) {
    JsonNode runs() {
      return report.path("runs");
    }
  }

  CompareIT(KafkaCluster cluster) {
    this.cluster = cluster;
  }

  @BeforeAll
  void compareTwice() throws IOException {
    writeModelAndSamples();
    // The first seed alone, with a variant that cannot be trained; then both seeds.
    first = compare("--methods", "adamw,nowhere,rank-4", "--seeds", "0");
    second = compare("--methods", "adamw,rank-4", "--seeds", "0,1");
  }

  private static void writeModelAndSamples() throws IOException {
    Path model = SmallBert.write(folder.resolve("model"));
    String vocabulary =
        IntStream.range(0, WORDS)
            .mapToObj(word -> "\"w%d\":%d".formatted(word, word))
            .collect(Collectors.joining(","));
    Files.writeString(
        model.resolve("tokenizer.json"),
        """
        {"version":"1.0","truncation":null,"padding":null,"normalizer":null,"added_tokens":[],
         "pre_tokenizer":{"type":"WhitespaceSplit"},"post_processor":null,"decoder":null,
         "model":{"type":"WordLevel","unk_token":"[UNK]","vocab":{%s,"[UNK]":%d}}}
        """
            .formatted(vocabulary, WORDS));
    List<String> samples = new ArrayList<>();
    for (int i = 0; i < 160; i++) {
      int word = i * 7 % WORDS;
      samples.add(
          "{\"text\":\"w%d w%d w%d\",\"label\":\"%s\",\"split\":\"%s\"}"
              .formatted(
                  word,
                  i % 5,
                  i % 11,
                  word < WORDS / 2 ? "low" : "high",
                  i % 5 == 0 ? "eval" : "train"));
    }
    Files.write(folder.resolve("samples.jsonl"), samples);
    Files.writeString(
        folder.resolve("run.yaml"),
        """
        run: toy
        model: {path: model, labels: [low, high]}
        data: {batchSize: 8, maxLength: 8, epochs: 4}
        train:
          steps: 24
          learningRate: 2e-3
          evaluateEvery: 8
          checkpointEvery: 12
        engine: {threads: 1, device: cpu}
        adarankgrad: {refreshEvery: 12}
        """);
    Files.writeString(
        folder.resolve("variants.yaml"),
        """
        variants:
          rank-4: {train: {method: adarankgrad}, adarankgrad: {minRank: 4, maxRank: 4}}
          nowhere: {engine: {device: 'gpu:7'}}
        """);
  }

  @Test
  void ingestsTheInputOnce() {
    assertThat(first.err()).contains("source toy: 160 samples written");
    assertThat(second.err()).contains("source toy: its samples are already in Kafka");
  }

  @Test
  void showsTheProgressOfEachRun() {
    assertThat(first.err()).contains("toy-adamw-s0  step 24/24");
  }

  @Test
  void reportsAFailedRunAndTrainsTheOthers() {
    assertThat(first.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(first.runs().findValuesAsText("method")).containsExactly("adamw", "rank-4");
    assertThat(first.report().path("failures")).hasSize(1);
    assertThat(first.report().at("/failures/0").asText())
        .startsWith("toy-nowhere-s0: its process ended with code ")
        .contains("gpu:7");
  }

  @Test
  void trainsEveryVariantWithEverySeed() {
    assertThat(second.exit()).as(second.err()).isEqualTo(ExitCode.OK);
    assertThat(second.report().path("metric").asText()).isEqualTo("accuracy");
    assertThat(second.runs().findValuesAsText("run"))
        .containsExactly("toy-adamw-s0", "toy-rank-4-s0", "toy-adamw-s1", "toy-rank-4-s1");
    for (JsonNode run : second.runs()) {
      assertThat(run.path("steps").asInt()).isEqualTo(24);
      assertThat(run.path("value").asDouble()).isBetween(0.0, 1.0);
      assertThat(run.at("/evaluations/accuracy")).hasSize(4);
    }
  }

  @Test
  void measuresMemoryAndTimeOfEachRun() {
    for (JsonNode run : second.runs()) {
      for (String key : List.of("peakBytes", "processBytes", "secondsPerStep")) {
        assertThat(run.path(key).asDouble()).as(key).isPositive();
      }
    }
  }

  @Test
  void doesNotTrainFinishedRunsAgain() {
    // Their times are those of the first command.
    assertThat(second.runs().get(0)).isEqualTo(first.runs().get(0));
    assertThat(second.runs().get(1)).isEqualTo(first.runs().get(1));
  }

  @Test
  void startsAllVariantsFromTheSameModelAndSplit() {
    assertThat(second.runs().at("/0/evaluations/accuracy/0/1"))
        .isEqualTo(second.runs().at("/1/evaluations/accuracy/0/1"));
  }

  @Test
  void reportsRanksAndOptimizerStateByMethod() {
    JsonNode runs = second.runs();

    assertThat(runs.at("/0/meanRank").isNull()).isTrue();
    assertThat(runs.at("/1/meanRank").asDouble()).isEqualTo(4);
    assertThat(runs.at("/1/optimizerBytes").asLong())
        .isLessThan(runs.at("/0/optimizerBytes").asLong());
  }

  @Test
  void writesTheTableAndTheCharts() throws Exception {
    Path results = folder.resolve("home/compare/toy");

    for (String chart : List.of("compare.png", "curves.png")) {
      assertThat(ImageIO.read(results.resolve(chart).toFile())).as(chart).isNotNull();
    }
    assertThat(results.resolve("report.txt")).content().contains("rank-4", " ± ");
  }

  @Test
  void drawsTheSavedReport() throws Exception {
    Path results = folder.resolve("home/compare/toy");
    Path again = folder.resolve("again");

    int exit =
        Main.run(
            new PrintWriter(new StringWriter()),
            new PrintWriter(new StringWriter()),
            "compare",
            "--from",
            results.resolve("report.json").toString(),
            "--output",
            again.toString());

    assertThat(exit).isEqualTo(ExitCode.OK);
    assertThat(again.resolve("compare.png")).hasSameBinaryContentAs(results.resolve("compare.png"));
  }

  @Test
  void refusesOtherSettingsUnderTheNamesOfExistingRuns() throws Exception {
    Result other = compare("--methods", "adamw,rank-4", "--seeds", "0,1", "--steps", "25");

    assertThat(other.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(other.err())
        .contains(
            "run toy-adamw-s0 exists with other settings (steps was 24, is 25)",
            "run toy-adamw-s1 exists with other settings (steps was 24, is 25)",
            "give the base configuration another run name");
  }

  private Result compare(String... options) throws IOException {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "compare",
                "-c",
                at("run.yaml"),
                "--home",
                at("home"),
                "--kafka",
                cluster.bootstrapServers(),
                "--prefix",
                cluster.prefix(),
                "--variants",
                at("variants.yaml"),
                "--input",
                at("samples.jsonl"),
                "--json"));
    arguments.addAll(List.of(options));
    int exit =
        Main.run(
            new PrintWriter(out, true),
            new PrintWriter(err, true),
            arguments.toArray(String[]::new));
    List<String> lines = out.toString().lines().toList();
    JsonNode report =
        lines.isEmpty()
            ? MissingNode.getInstance()
            : new ObjectMapper().readTree(lines.get(lines.size() - 1));
    return new Result(exit, report, err.toString());
  }

  private static String at(String name) {
    return folder.resolve(name).toString();
  }
}
