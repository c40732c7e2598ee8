package dev.rivulet.ops.bench;

import dev.rivulet.ops.bench.BenchReport.MethodResult;
import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.DoubleStream;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.style.CategoryStyler;

/** The step times and peaks of a benchmark as bars, one panel below the other. */
final class BenchChart {
  private static final int HEIGHT = 320;
  private static final int MARGIN = 120;
  private static final int WIDTH_OF_BAR = 190;
  private static final double HEADROOM = 1.15;
  private static final MathContext DIGITS = new MathContext(3);
  private static final Font LABELS = new Font(Font.SANS_SERIF, Font.PLAIN, 12);
  private static final Color TIME = new Color(0x2A, 0x6F, 0x97);
  private static final Color MEMORY = new Color(0xB5, 0x65, 0x1D);

  private BenchChart() {}

  /**
   * Writes the chart as a PNG; without the peaks where they were not measured.
   *
   * @throws IOException when the file cannot be written
   */
  static void write(BenchReport report, Path file) throws IOException {
    System.setProperty("java.awt.headless", "true");
    List<MethodResult> methods = report.methods();
    List<String> labels = methods.stream().map(method -> method.contender().label()).toList();
    List<CategoryChart> panels = new ArrayList<>();
    panels.add(
        panel(
            "%s: seconds per step".formatted(report.model()),
            TIME,
            labels,
            methods.stream().mapToDouble(MethodResult::secondsPerStep)));
    List<Long> peaks = methods.stream().map(MethodResult::peakBytes).toList();
    if (peaks.stream().allMatch(Objects::nonNull)) {
      panels.add(
          panel(
              "peak memory, MB", MEMORY, labels, peaks.stream().mapToDouble(bytes -> bytes / 1e6)));
    }
    try (OutputStream out = Files.newOutputStream(file)) {
      BitmapEncoder.saveBitmap(panels, panels.size(), 1, out, BitmapFormat.PNG);
    }
  }

  private static CategoryChart panel(
      String title, Color color, List<String> labels, DoubleStream values) {
    List<Double> rounded =
        values.mapToObj(value -> new BigDecimal(value).round(DIGITS).doubleValue()).toList();
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(MARGIN + WIDTH_OF_BAR * labels.size())
            .height(HEIGHT)
            .title(title)
            .build();
    chart.addSeries(title, labels, rounded).setFillColor(color);
    CategoryStyler style = chart.getStyler();
    style.setLabelsVisible(true).setLabelsPosition(1.1).setLabelsFont(LABELS);
    style.setAvailableSpaceFill(0.5);
    style
        .setYAxisMin(0.0)
        .setYAxisMax(HEADROOM * rounded.stream().max(Double::compare).orElse(1.0));
    style.setYAxisDecimalPattern("0.######").setPlotGridVerticalLinesVisible(false);
    style.setAxisTickLabelsFont(LABELS);
    style.setLegendVisible(false).setChartBackgroundColor(Color.WHITE);
    return chart;
  }
}
