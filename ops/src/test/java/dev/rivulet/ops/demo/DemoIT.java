package dev.rivulet.ops.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.ops.cli.Main;
import dev.rivulet.ops.console.ExitCode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The demo as a user runs it, but short; skipped where its model and data are unavailable. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DemoIT {
  @TempDir static Path home;

  private final StringWriter err = new StringWriter();
  private JsonNode report;

  @BeforeAll
  void train() throws IOException {
    linkAssets();
    report = demo("--limit", "200", "--steps", "12");
  }

  /** Links to assets that an earlier test run has downloaded. */
  private static void linkAssets() throws IOException {
    Path kept = Path.of("target", "demo-home");
    try {
      DemoAssets.prepare(kept, line -> {});
    } catch (IOException e) {
      Assumptions.abort(e.getMessage());
    }
    for (String folder : List.of("models/all-minilm-l6-v2", "data")) {
      Files.createDirectories(home.resolve(folder));
      for (Path file : files(kept.resolve(folder))) {
        Files.createLink(home.resolve(folder).resolve(file.getFileName()), file.toAbsolutePath());
      }
    }
  }

  @Test
  void reportsTheRun() {
    assertThat(report.path("run").asText()).isEqualTo("demo-1");
    assertThat(report.path("method").asText()).isEqualTo("adarankgrad");
    assertThat(report.path("steps").asInt()).isEqualTo(12);
    assertThat(report.path("rollbacks").asInt()).isZero();
    assertThat(report.path("statusUrl").asText()).startsWith("http://127.0.0.1:");
    assertThat(err.toString()).contains("step 12/12  loss ", "200 samples written");
  }

  @Test
  void reportsTheQuality() {
    assertThat(report.path("accuracyBefore").asDouble()).isBetween(0.0, 1.0);
    assertThat(report.path("accuracyAfter").asDouble()).isBetween(0.0, 1.0);
    assertThat(report.path("lossFirst").asDouble()).isBetween(0.3, 1.2);
  }

  @Test
  void holdsLessOptimizerStateThanAdamW() {
    assertThat(report.path("optimizerBytes").asLong())
        .isPositive()
        .isLessThan(report.path("adamwOptimizerBytes").asLong() / 4);
  }

  @Test
  void decidesARankForEveryLayer() {
    assertThat(report.path("ranksFirst").size()).isEqualTo(6);
    assertThat(report.path("decisions").asInt()).isEqualTo(36);
  }

  @Test
  void writesCheckpointsSmallerThanACopy() {
    assertThat(report.path("checkpoints").asInt()).isGreaterThanOrEqualTo(2);
    assertThat(report.path("checkpointBytes").asLong())
        .isPositive()
        .isLessThan(report.path("fullCopyBytes").asLong());
  }

  @Test
  void resumesAFinishedRunWithTheSameReport() throws Exception {
    JsonNode again = demo("--resume");

    for (String same : List.of("run", "steps", "accuracyAfter", "lossLast", "checkpoints")) {
      assertThat(again.path(same)).as(same).isEqualTo(report.path(same));
    }
    assertThat(err.toString()).contains("its samples are already in Kafka");
  }

  @Test
  void refusesToResumeWithOtherSettings() {
    assertThat(run(new StringWriter(), "--resume", "--steps", "99")).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString())
        .contains(
            "demo-1 was started with --method adarankgrad --steps 12 --limit 200: resume it with"
                + " these");
  }

  private JsonNode demo(String... options) throws IOException {
    StringWriter out = new StringWriter();
    assertThat(run(out, options)).as(err::toString).isEqualTo(ExitCode.OK);
    List<String> lines = out.toString().lines().toList();
    return new ObjectMapper().readTree(lines.get(lines.size() - 1));
  }

  private int run(StringWriter out, String... options) {
    List<String> arguments =
        new ArrayList<>(
            List.of("demo", "--home", home.toString(), "--json", "--no-wait", "--port", "0"));
    arguments.addAll(List.of(options));
    return Main.run(
        new PrintWriter(out, true), new PrintWriter(err, true), arguments.toArray(String[]::new));
  }

  private static List<Path> files(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.toList();
    }
  }
}
