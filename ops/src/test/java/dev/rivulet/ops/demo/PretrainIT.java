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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pre-training as a user runs it, but short, on the text of this repository's licence. */
@Timeout(300)
class PretrainIT {
  private static final Path CORPUS = Path.of("..", "LICENSE");

  @TempDir Path home;

  private final StringWriter err = new StringWriter();

  @Test
  void shouldLearnToWriteScoreItselfAndGoOnWithWhatIsDone() throws Exception {
    Path corpus = Files.copy(CORPUS, home.resolve("licence.txt"));

    JsonNode report = demo("--corpus", corpus.toString(), "--steps", "12", "--vocabulary", "300");

    assertThat(report.path("run").asText()).isEqualTo("pretrain-1");
    assertThat(report.path("method").asText()).isEqualTo("adarankgrad");
    assertThat(report.path("steps").asInt()).isEqualTo(12);
    assertThat(report.path("decisions").asInt()).isEqualTo(28);
    // It begins near the perplexity of guessing, 300, and has learned something; counting on the
    // same tokens is better than either.
    double before = report.path("perplexityBefore").asDouble();
    double after = report.path("perplexityAfter").asDouble();
    assertThat(before).isBetween(250.0, 400.0);
    assertThat(after).isLessThan(before / 1.5);
    assertThat(report.path("unigramPerplexity").asDouble()).isBetween(20.0, 200.0);
    assertThat(report.path("bigramPerplexity").asDouble())
        .isBetween(3.0, report.path("unigramPerplexity").asDouble());
    assertThat(report.path("text").asText()).isNotEmpty();
    assertThat(err.toString()).contains("step 12/12  loss ", "perplexity ");

    Path yaml = home.resolve("runs/pretrain-1/run.yaml");
    RunConfig config = RunConfig.load(yaml);
    assertThat(config.trainer().method()).isInstanceOf(AdaRankGradConfig.class);

    JsonNode scored = json("eval", "-c", yaml.toString());
    assertThat(scored.path("checkpoint").asText()).isEqualTo("0-000012");
    assertThat(scored.at("/metrics/perplexity").asDouble()).isEqualTo(after);
    assertThat(scored.at("/metrics/evalTokens").asLong())
        .isEqualTo(report.path("evalTokens").asLong());
    JsonNode first = json("eval", "-c", yaml.toString(), "--checkpoint", "0-000000");
    assertThat(first.at("/metrics/perplexity").asDouble()).isEqualTo(before);

    String[] generate = {"generate", "-c", yaml.toString(), "--prompt", "You may", "--tokens", "9"};
    JsonNode text = json(generate);
    assertThat(text.path("prompt").asText()).isEqualTo("You may");
    assertThat(text.path("text").asText()).isNotEmpty();
    assertThat(json(generate)).isEqualTo(text);
    StringWriter shown = new StringWriter();
    assertThat(run(shown, generate)).isEqualTo(ExitCode.OK);
    assertThat(shown.toString().strip())
        .isEqualTo(("You may" + text.path("text").asText()).strip());
    JsonNode base = json("generate", "-c", yaml.toString(), "--base", "--temperature", "0");
    assertThat(base.path("checkpoint").isNull()).isTrue();

    JsonNode again = demo("--resume");
    for (String same : List.of("run", "steps", "perplexityAfter", "bigramPerplexity", "text")) {
      assertThat(again.path(same)).isEqualTo(report.path(same));
    }
    assertThat(run(new StringWriter(), options("--resume", "--steps", "9")))
        .isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains("--resume goes on with a run as it was begun");
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
