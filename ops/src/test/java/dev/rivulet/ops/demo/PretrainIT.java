package dev.rivulet.ops.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.ops.cli.Main;
import dev.rivulet.ops.config.RunConfig;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.trainer.method.AdaRankGradConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pre-training as a user runs it, but short, on the text of this repository's licence. */
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PretrainIT {
  private static final Path CORPUS = Path.of("..", "LICENSE");

  @TempDir static Path home;

  private final StringWriter err = new StringWriter();
  private JsonNode report;
  private String config;

  @BeforeAll
  void train() throws IOException {
    Path corpus = Files.copy(CORPUS, home.resolve("licence.txt"));
    report = demo("--corpus", corpus.toString(), "--steps", "12", "--vocabulary", "300");
    config = home.resolve("runs/pretrain-1/run.yaml").toString();
  }

  @Test
  void reportsTheRun() {
    assertThat(report.path("run").asText()).isEqualTo("pretrain-1");
    assertThat(report.path("method").asText()).isEqualTo("adarankgrad");
    assertThat(report.path("steps").asInt()).isEqualTo(12);
    assertThat(report.path("decisions").asInt()).isEqualTo(28);
    assertThat(report.path("text").asText()).isNotEmpty();
    assertThat(err.toString()).contains("step 12/12  loss ", "perplexity ");
  }

  @Test
  void learns() {
    // An untrained model guesses among 300 tokens.
    double before = report.path("perplexityBefore").asDouble();

    assertThat(before).isBetween(250.0, 400.0);
    assertThat(report.path("perplexityAfter").asDouble()).isLessThan(before / 1.5);
  }

  @Test
  void reportsThePerplexityOfCountingModels() {
    double unigram = report.path("unigramPerplexity").asDouble();

    assertThat(unigram).isBetween(20.0, 200.0);
    assertThat(report.path("bigramPerplexity").asDouble()).isBetween(3.0, unigram);
  }

  @Test
  void writesAConfigurationThatUpCanRun() {
    assertThat(RunConfig.load(Path.of(config)).trainer().method())
        .isInstanceOf(AdaRankGradConfig.class);
  }

  @Test
  void evaluatesTheNewestCheckpointLikeTheReport() throws Exception {
    JsonNode scored = json("eval", "-c", config);

    assertThat(scored.path("checkpoint").asText()).isEqualTo("0-000012");
    assertThat(scored.at("/metrics/perplexity")).isEqualTo(report.path("perplexityAfter"));
    assertThat(scored.at("/metrics/evalTokens").asLong())
        .isEqualTo(report.path("evalTokens").asLong());
  }

  @Test
  void evaluatesTheFirstCheckpointLikeTheReport() throws Exception {
    JsonNode scored = json("eval", "-c", config, "--checkpoint", "0-000000");

    assertThat(scored.at("/metrics/perplexity")).isEqualTo(report.path("perplexityBefore"));
  }

  @Test
  void generatesTheSameTextForTheSameSeed() throws Exception {
    JsonNode text = json(generate());

    assertThat(text.path("prompt").asText()).isEqualTo("You may");
    assertThat(text.path("text").asText()).isNotEmpty();
    assertThat(json(generate())).isEqualTo(text);
  }

  @Test
  void printsThePromptAndTheText() throws Exception {
    StringWriter shown = new StringWriter();

    assertThat(run(shown, generate())).isEqualTo(ExitCode.OK);
    assertThat(shown.toString().strip())
        .isEqualTo(("You may" + json(generate()).path("text").asText()).strip());
  }

  @Test
  void generatesWithTheBaseModel() throws Exception {
    JsonNode base = json("generate", "-c", config, "--base", "--temperature", "0");

    assertThat(base.path("checkpoint").isNull()).isTrue();
  }

  @Test
  void resumesAFinishedRunWithTheSameReport() throws Exception {
    JsonNode again = demo("--resume");

    for (String same : List.of("run", "steps", "perplexityAfter", "bigramPerplexity", "text")) {
      assertThat(again.path(same)).as(same).isEqualTo(report.path(same));
    }
  }

  @Test
  void refusesToResumeWithOtherSettings() {
    assertThat(run(new StringWriter(), options("--resume", "--steps", "9")))
        .isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains("--resume continues a run with its own settings");
  }

  private String[] generate() {
    return new String[] {"generate", "-c", config, "--prompt", "You may", "--tokens", "9"};
  }

  private JsonNode demo(String... options) throws IOException {
    return json(options(options));
  }

  private static String[] options(String... options) {
    List<String> arguments =
        new ArrayList<>(List.of("demo", "pretrain", "--no-wait", "--port", "0"));
    arguments.addAll(List.of(options));
    return arguments.toArray(String[]::new);
  }

  /** Runs a command and returns the last line of its result. */
  private JsonNode json(String... command) throws IOException {
    List<String> arguments = new ArrayList<>(List.of(command));
    arguments.add("--json");
    StringWriter out = new StringWriter();
    assertThat(run(out, arguments.toArray(String[]::new))).as(err::toString).isEqualTo(ExitCode.OK);
    List<String> lines = out.toString().lines().toList();
    return new ObjectMapper().readTree(lines.get(lines.size() - 1));
  }

  private int run(StringWriter out, String... command) {
    List<String> arguments = new ArrayList<>(List.of(command));
    arguments.addAll(List.of("--home", home.toString()));
    return Main.run(
        new PrintWriter(out, true), new PrintWriter(err, true), arguments.toArray(String[]::new));
  }
}
