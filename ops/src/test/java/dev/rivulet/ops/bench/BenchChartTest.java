package dev.rivulet.ops.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rivulet.ops.chart.BarChart;
import dev.rivulet.ops.chart.BarChart.Value;
import dev.rivulet.ops.console.JsonReport;
import dev.rivulet.schemas.failure.UsageException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchChartTest {
  private static final Path PUBLISHED = Path.of("..", "docs", "results", "bench.json");

  @TempDir Path folder;

  @Test
  void of_severalPrecisions_groupsThemByMethod() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("bench.json"),
            """
            {"model": "small", "parameters": 1000, "rows": 2, "length": 4, "methods": [
              {"name": "adamw", "base": "fp32", "precision": "fp32", "memory": "fast",
               "secondsPerStep": 2.0, "peakBytes": 9000000},
              {"name": "loqt", "base": "nf4", "precision": "fp32", "memory": "lean",
               "secondsPerStep": 1.5, "peakBytes": 3000000},
              {"name": "adamw", "base": "fp32", "precision": "bf16", "memory": "fast",
               "secondsPerStep": 1.0, "peakBytes": null}]}
            """);

    BarChart chart = BenchChart.of(JsonReport.read(file));

    assertThat(chart.labels()).containsExactly("adamw", "loqt, lean, nf4");
    assertThat(chart.series()).containsExactly("fp32", "bf16");
    assertThat(chart.panels().get(0).values().get(0))
        .containsExactly(new Value(2, 0, "2.00"), new Value(1, 0, "1.00"));
    assertThat(chart.panels().get(1).values().get(1))
        .containsExactly(new Value(3, 0, "3"), Value.MISSING);
  }

  @Test
  void of_publishedResults_labelsEqualThoseOfTheirTable() throws Exception {
    String table = Files.readString(Path.of("..", "docs", "results.md"));

    assertThat(BenchChart.of(JsonReport.read(PUBLISHED)).labels())
        .hasSize(7)
        .allSatisfy(label -> assertThat(table).contains("\n| " + label + " |"));
  }

  @Test
  void of_anotherFile_isRefusedWithItsName() throws Exception {
    Path file = Files.writeString(folder.resolve("other.json"), "{\"a\": 1}");

    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> BenchChart.of(JsonReport.read(file)))
        .withMessage(file + ": methods is missing: it is not a report of this command");
  }
}
