package dev.rivulet.ops.compare;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rivulet.ops.chart.BarChart;
import dev.rivulet.ops.chart.BarChart.Panel;
import dev.rivulet.ops.chart.BarChart.Scale;
import dev.rivulet.ops.chart.BarChart.Value;
import dev.rivulet.ops.console.JsonReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The variants of a comparison in three panels: the metric, with its spread over the seeds; the
 * peak memory; the bytes of a checkpoint. A panel is omitted when no variant has its figure.
 */
final class CompareChart {
  private CompareChart() {}

  /**
   * Returns the chart of a report.
   *
   * @param report the object that {@code compare --json} prints
   */
  static BarChart of(JsonReport report) {
    List<JsonNode> variants = report.objects("variants");
    List<Panel> panels = new ArrayList<>();
    if (anyHas(variants, "/mean")) {
      panels.add(panel(report.text("metric"), Scale.FITTED, variants, "", 1, "%.3f"));
    }
    if (anyHas(variants, "/peakBytes/mean")) {
      panels.add(panel("peak memory, MB", Scale.FROM_ZERO, variants, "/peakBytes", 1e6, "%,.0f"));
    }
    if (anyHas(variants, "/checkpointBytes/mean")) {
      panels.add(
          panel(
              "checkpoint size, MB", Scale.FROM_ZERO, variants, "/checkpointBytes", 1e6, "%,.1f"));
    }
    return new BarChart(
        report.text("comparison"),
        variants.stream().map(variant -> variant.path("method").asText()).toList(),
        List.of("mean"),
        panels);
  }

  private static boolean anyHas(List<JsonNode> variants, String pointer) {
    return variants.stream().anyMatch(variant -> variant.at(pointer).isNumber());
  }

  private static Panel panel(
      String title,
      Scale scale,
      List<JsonNode> variants,
      String pointer,
      double unit,
      String format) {
    return new Panel(
        title,
        scale,
        variants.stream().map(variant -> List.of(value(variant, pointer, unit, format))).toList());
  }

  private static Value value(JsonNode variant, String pointer, double unit, String format) {
    JsonNode mean = variant.at(pointer + "/mean");
    if (!mean.isNumber()) {
      return Value.MISSING;
    }
    double deviation = variant.at(pointer + "/deviation").asDouble(0) / unit;
    String text = String.format(Locale.ROOT, format, mean.asDouble() / unit);
    return new Value(
        mean.asDouble() / unit,
        deviation,
        deviation > 0 ? text + " ± " + String.format(Locale.ROOT, format, deviation) : text);
  }
}
