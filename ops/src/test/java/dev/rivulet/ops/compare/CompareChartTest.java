package dev.rivulet.ops.compare;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.ops.chart.BarChart;
import dev.rivulet.ops.chart.BarChart.Panel;
import dev.rivulet.ops.chart.BarChart.Scale;
import dev.rivulet.ops.chart.BarChart.Value;
import dev.rivulet.ops.console.JsonReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class CompareChartTest {
  @Test
  void of_report_hasMetricMemoryAndCheckpoints() {
    BarChart chart = CompareChart.of(JsonReport.of(Results.large().fields()));

    assertThat(chart.title()).isEqualTo("acceptability-600");
    assertThat(chart.labels()).containsExactlyElementsOf(Results.large().variants());
    assertThat(chart.panels())
        .extracting(Panel::title)
        .containsExactly("accuracy", "peak memory, MB", "checkpoint size, MB");
    assertThat(chart.panels())
        .extracting(Panel::scale)
        .containsExactly(Scale.FITTED, Scale.FROM_ZERO, Scale.FROM_ZERO);
  }

  @Test
  void of_severalSeeds_showsTheirSpread() {
    Comparison comparison =
        new Comparison(
            "reviews",
            List.of(Results.of("adamw", 0, 0.5, 0.7), Results.of("adamw", 1, 0.5, 0.8)),
            List.of());

    Value accuracy =
        CompareChart.of(JsonReport.of(comparison.fields())).panels().get(0).values().get(0).get(0);

    assertThat(accuracy.text()).isEqualTo("0.750 ± 0.071");
    assertThat(accuracy.deviation()).isPositive();
  }

  @Test
  void of_oneSeed_showsTheValueAlone() {
    Comparison comparison =
        new Comparison("reviews", List.of(Results.of("adamw", 0, 0.5, 0.7)), List.of());

    assertThat(CompareChart.of(JsonReport.of(comparison.fields())).panels().get(0).values().get(0))
        .extracting(Value::text)
        .containsExactly("0.700");
  }

  @Test
  void of_publishedResults_labelsEqualThoseOfTheirTable() throws Exception {
    Path report = Path.of("..", "docs", "results", "compare.json");
    String table = Files.readString(Path.of("..", "docs", "results.md"));

    assertThat(CompareChart.of(JsonReport.read(report)).labels())
        .hasSize(7)
        .allSatisfy(label -> assertThat(table).contains("\n| " + label + " |"));
  }
}
