package dev.rivulet.ops.compare;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.function.Function;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.lines.SeriesLines;

/**
 * Quality against memory: for each variant a point at its means, with a bar of one standard
 * deviation up and down, and a faint point for each of several seeds.
 */
final class TradeChart {
  private static final int WIDTH = 1000;
  private static final int HEIGHT = 560;
  private static final int MARKER = 12;
  private static final double MARGIN = 0.12;

  private TradeChart() {}

  /**
   * Writes the chart as a PNG, and returns where.
   *
   * @throws IOException when the file cannot be written
   * @throws IllegalArgumentException when the runs have no metric in common
   */
  static Path write(Comparison comparison, Path file) throws IOException {
    System.setProperty("java.awt.headless", "true");
    String metric = comparison.metric();
    if (metric == null) {
      throw new IllegalArgumentException("no metric to draw: the runs were not evaluated");
    }
    XYChart chart = chart(comparison, metric);
    try (OutputStream out = Files.newOutputStream(file)) {
      BitmapEncoder.saveBitmap(List.of(chart), 1, 1, out, BitmapFormat.PNG);
    }
    return file;
  }

  private static XYChart chart(Comparison comparison, String metric) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title("%s: quality against memory".formatted(comparison.name()))
            .xAxisTitle(
                comparison.peaksAreGrowth()
                    ? "growth of the training process, MB"
                    : "resident peak of the training process, MB")
            .yAxisTitle(metric + (Quality.higherIsBetter(metric) ? "" : " (lower is better)"))
            .build();
    VariantPaint.style(chart.getStyler());
    chart.getStyler().setDefaultSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
    chart.getStyler().setMarkerSize(MARKER);
    chart.getStyler().setErrorBarsColorSeriesColor(true);
    Function<RunResult, Double> memory = result -> result.peakBytes() / 1e6;
    Function<RunResult, Double> quality = result -> Comparison.last(result, metric);
    fit(chart.getStyler(), comparison.results(), memory, quality);
    List<String> variants = comparison.variants();
    for (int i = 0; i < variants.size(); i++) {
      List<RunResult> results = comparison.of(variants.get(i));
      if (results.size() > 1) {
        XYSeries seeds =
            chart.addSeries(
                variants.get(i) + " by seed",
                results.stream().map(memory).toList(),
                results.stream().map(quality).toList());
        seeds.setShowInLegend(false);
        seeds.setMarker(VariantPaint.of(i).marker()).setMarkerColor(VariantPaint.of(i).faint());
      }
    }
    for (int i = 0; i < variants.size(); i++) {
      VariantPaint paint = VariantPaint.of(i);
      Spread value = comparison.spread(variants.get(i), quality);
      XYSeries mean =
          chart.addSeries(
              variants.get(i),
              List.of(comparison.spread(variants.get(i), memory).mean()),
              List.of(value.mean()),
              List.of(value.deviation()));
      mean.setMarker(paint.marker()).setMarkerColor(paint.color());
      mean.setLineColor(paint.color()).setLineStyle(SeriesLines.NONE);
    }
    return chart;
  }

  /** Memory is shown from 0 on, so that lengths compare; quality only where there is some. */
  private static void fit(
      XYStyler style,
      List<RunResult> results,
      Function<RunResult, Double> memory,
      Function<RunResult, Double> quality) {
    double most = results.stream().mapToDouble(memory::apply).max().orElse(1);
    DoubleSummaryStatistics values =
        results.stream().mapToDouble(quality::apply).filter(Double::isFinite).summaryStatistics();
    style.setXAxisMin(0.0).setXAxisMax(most * (1 + MARGIN));
    if (values.getCount() > 0) {
      double room = Math.max(MARGIN * (values.getMax() - values.getMin()), 1e-3);
      style.setYAxisMin(values.getMin() - room).setYAxisMax(values.getMax() + room);
    }
  }
}
