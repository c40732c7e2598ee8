package dev.rivulet.ops.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.ops.cli.Main;
import dev.rivulet.ops.console.ExitCode;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchCommandTest {
  @TempDir Path folder;

  private final StringWriter err = new StringWriter();

  @Test
  void bench_noSteps_refused() {
    assertThat(run("--steps", "0")).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).startsWith("rivulet: --steps 0: use 1 or more");
  }

  @Test
  void bench_chartInAMissingFolder_refusedBeforeAnyMeasurement() {
    assertThat(run("--png", folder.resolve("none/chart.png").toString())).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains("chart.png: its folder does not exist or is not writable");
  }

  @Test
  void bench_folderWithoutModel_refused() {
    assertThat(run("--model", folder.toString())).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString())
        .contains(folder + " is no Hugging Face model directory: it has no config.json");
  }

  @Test
  void bench_sequencesTooLong_refused() throws Exception {
    Files.writeString(folder.resolve("config.json"), SmallLlama.CONFIG);

    assertThat(run("--model", folder.toString(), "--length", "65")).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains("a length of 65 is too large");
  }

  @Test
  void bench_savedReport_isDrawnWithoutMeasuring() {
    String saved = Path.of("..", "docs", "results", "bench.json").toString();
    Path png = folder.resolve("bench.png");

    assertThat(run("--from", saved, "--png", png.toString())).isEqualTo(ExitCode.OK);
    assertThat(png).isNotEmptyFile();
    assertThat(err.toString()).isEqualTo("wrote " + png + System.lineSeparator());
  }

  @Test
  void bench_savedReportWithoutPng_refused() {
    assertThat(run("--from", "bench.json")).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).startsWith("rivulet: --from: add --png FILE for the chart");
  }

  @Test
  void bench_savedReportThatIsNotJson_refusedWithItsLine() throws Exception {
    Path file = Files.writeString(folder.resolve("bench.txt"), "{\n  method rank");

    assertThat(run("--from", file.toString(), "--png", folder.resolve("bench.png").toString()))
        .isEqualTo(ExitCode.USAGE);
    assertThat(err.toString())
        .contains(file + ": not valid JSON (line 2): save the last line that --json prints");
  }

  private int run(String... options) {
    List<String> arguments = new ArrayList<>(List.of("bench"));
    arguments.addAll(List.of(options));
    return Main.run(
        new PrintWriter(new StringWriter()),
        new PrintWriter(err, true),
        arguments.toArray(String[]::new));
  }
}
