package dev.rivulet.ops.bench;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rivulet.ops.chart.BarChart;
import dev.rivulet.ops.chart.BarChart.Panel;
import dev.rivulet.ops.chart.BarChart.Scale;
import dev.rivulet.ops.chart.BarChart.Value;
import dev.rivulet.ops.console.JsonReport;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/**
 * Step times and peaks of a benchmark as bars: a group per method, with one bar per precision. The
 * panel of the peaks is omitted when none was measured.
 */
final class BenchChart {
  private BenchChart() {}

  /**
   * Returns the chart of a report.
   *
   * @param report the object that {@code bench --json} prints
   */
  static BarChart of(JsonReport report) {
    List<JsonNode> methods = report.objects("methods");
    Set<String> labels = new LinkedHashSet<>();
    Set<String> precisions = new LinkedHashSet<>();
    for (JsonNode method : methods) {
      labels.add(label(method));
      precisions.add(method.path("precision").asText());
    }
    Groups groups = new Groups(methods, List.copyOf(labels), List.copyOf(precisions));
    List<Panel> panels = new ArrayList<>();
    panels.add(
        groups.panel(
            "seconds per step",
            "%.2f",
            method -> method.path("secondsPerStep").asDouble(Double.NaN)));
    if (methods.stream().anyMatch(method -> method.path("peakBytes").isNumber())) {
      panels.add(
          groups.panel(
              "peak memory, MB",
              "%,.0f",
              method -> method.path("peakBytes").asDouble(Double.NaN) / 1e6));
    }
    return new BarChart(
        String.format(
            Locale.ROOT,
            "%s, %.1f M parameters, batches of %s x %s tokens",
            report.text("model"),
            report.number("parameters") / 1e6,
            report.text("rows"),
            report.text("length")),
        groups.labels(),
        groups.precisions(),
        panels);
  }

  /** Returns the name of a method in the chart: what differs from the defaults is added. */
  private static String label(JsonNode method) {
    StringBuilder label = new StringBuilder(method.path("name").asText());
    if (method.path("memory").asText().equals("lean")) {
      label.append(", lean");
    }
    if (!method.path("base").asText().equals("fp32")) {
      label.append(", ").append(method.path("base").asText());
    }
    return label.toString();
  }

  private record Groups(List<JsonNode> methods, List<String> labels, List<String> precisions) {
    Panel panel(String title, String format, ToDoubleFunction<JsonNode> figure) {
      return new Panel(
          title,
          Scale.FROM_ZERO,
          labels.stream()
              .map(
                  label ->
                      precisions.stream()
                          .map(precision -> value(label, precision, format, figure))
                          .toList())
              .toList());
    }

    private Value value(
        String label, String precision, String format, ToDoubleFunction<JsonNode> figure) {
      return methods.stream()
          .filter(
              method ->
                  label(method).equals(label)
                      && method.path("precision").asText().equals(precision))
          .mapToDouble(figure)
          .filter(Double::isFinite)
          .mapToObj(number -> new Value(number, 0, String.format(Locale.ROOT, format, number)))
          .findFirst()
          .orElse(Value.MISSING);
    }
  }
}
