package dev.rivulet.ops.compare;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.ops.broker.BrokerFixture;
import dev.rivulet.ops.cli.Main;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.ops.train.SmallBert;
import dev.rivulet.schemas.topic.KafkaCluster;
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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A comparison as a user runs it, but on a small model and samples made up. */
@ExtendWith(BrokerFixture.class)
class CompareIT {
  /** The last token of the small model is never used: its embedding is not a number. */
  private static final int WORDS = SmallBert.VOCABULARY - 2;

  @TempDir Path folder;

  private final KafkaCluster cluster;
  private final StringWriter err = new StringWriter();

  CompareIT(KafkaCluster cluster) {
    this.cluster = cluster;
  }

  @BeforeEach
  void makeModelAndSamples() throws IOException {
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
  void shouldCompareAndGoOnWithWhatIsDoneAndKeepFailuresApart() throws Exception {
    String[] input = {"--variants", at("variants.yaml"), "--input", at("samples.jsonl")};
    // The first seed only, as if it had been stopped there, and a variant that cannot be trained.
    JsonNode first =
        compare(ExitCode.FAILED, with(input, "--methods", "adamw,nowhere,rank-4", "--seeds", "0"));
    assertThat(err.toString())
        .contains("source toy: 160 samples written", "toy-adamw-s0  step 24/24");
    assertThat(first.path("runs").findValuesAsText("method")).containsExactly("adamw", "rank-4");
    assertThat(first.path("failures")).hasSize(1);
    assertThat(first.at("/failures/0").asText())
        .startsWith("toy-nowhere-s0: its process ended with code 2: rivulet: trainer: ")
        .contains("gpu:7");

    String[] all = with(input, "--methods", "adamw,rank-4", "--seeds", "0,1");
    JsonNode report = compare(ExitCode.OK, all);

    assertThat(err.toString()).contains("source toy: its samples are in Kafka");
    assertThat(report.path("metric").asText()).isEqualTo("accuracy");
    JsonNode runs = report.path("runs");
    assertThat(runs.findValuesAsText("run"))
        .containsExactly("toy-adamw-s0", "toy-rank-4-s0", "toy-adamw-s1", "toy-rank-4-s1");
    for (JsonNode run : runs) {
      assertThat(run.path("steps").asInt()).isEqualTo(24);
      assertThat(run.path("value").asDouble()).isBetween(0.0, 1.0);
      assertThat(run.path("peakBytes").asLong()).isPositive();
      assertThat(run.path("processBytes").asLong()).isPositive();
      assertThat(run.path("secondsPerStep").asDouble()).isPositive();
      assertThat(run.at("/evaluations/accuracy")).hasSize(4);
    }
    // What was finished before was not trained again: its times are those that it had.
    assertThat(runs.get(0)).isEqualTo(first.path("runs").get(0));
    assertThat(runs.get(1)).isEqualTo(first.path("runs").get(1));
    // The same model and held-out samples, so that all begin at the same accuracy for a seed.
    assertThat(runs.at("/0/evaluations/accuracy/0/1"))
        .isEqualTo(runs.at("/1/evaluations/accuracy/0/1"));
    assertThat(runs.at("/0/meanRank").isNull()).isTrue();
    assertThat(runs.at("/1/meanRank").asDouble()).isEqualTo(4);
    assertThat(runs.at("/1/optimizerBytes").asLong())
        .isLessThan(runs.at("/0/optimizerBytes").asLong());
    Path results = folder.resolve("home/compare/toy");
    for (String chart : List.of("curves.png", "memory.png")) {
      assertThat(ImageIO.read(results.resolve(chart).toFile())).isNotNull();
    }
    assertThat(results.resolve("report.txt")).content().contains("rank-4", " ± ");

    // Other settings under the names of runs that are there.
    assertThat(run(new StringWriter(), with(all, "--steps", "25"))).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString())
        .contains(
            "run toy-adamw-s0 exists with other settings (steps was 24, is 25)",
            "run toy-adamw-s1 exists with other settings (steps was 24, is 25)",
            "give the base configuration another run name");
  }

  private JsonNode compare(int exit, String... options) throws IOException {
    StringWriter out = new StringWriter();
    assertThat(run(out, options)).as(err::toString).isEqualTo(exit);
    List<String> lines = out.toString().lines().toList();
    return new ObjectMapper().readTree(lines.get(lines.size() - 1));
  }

  private int run(StringWriter out, String... options) {
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
                "--json"));
    arguments.addAll(List.of(options));
    return Main.run(
        new PrintWriter(out, true), new PrintWriter(err, true), arguments.toArray(String[]::new));
  }

  private String at(String name) {
    return folder.resolve(name).toString();
  }

  private static String[] with(String[] options, String... more) {
    List<String> all = new ArrayList<>(List.of(options));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }
}
