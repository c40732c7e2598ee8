package dev.rivulet.ops.compare;

import dev.rivulet.ops.chart.BarChart;
import dev.rivulet.schemas.failure.UsageException;
import java.awt.BasicStroke;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * The metric of a comparison and the training loss over the steps, in two panels: for each variant
 * the mean over its seeds and, for several seeds, a thin line for each of them. Losses are means
 * over windows of steps. Only for a few variants, because more lines look alike.
 */
final class CurveChart {
  /** The largest number of variants that is drawn. */
  static final int MAX_VARIANTS = 4;

  private static final int WIDTH = BarChart.WIDTH;
  private static final int HEIGHT = 340;
  private static final int LOSS_POINTS = 30;
  private static final BasicStroke THIN = new BasicStroke(1f);

  private CurveChart() {}

  /**
   * Writes the chart as a PNG and returns the file.
   *
   * @throws IOException when the file cannot be written
   * @throws UsageException when the runs have no metric in common
   */
  static Path write(Comparison comparison, Path file) throws IOException {
    System.setProperty("java.awt.headless", "true");
    String metric = comparison.metric();
    if (metric == null) {
      throw new UsageException("no metric to draw: the runs were not evaluated");
    }
    List<XYChart> panels =
        List.of(
            panel(
                comparison,
                "%s: %s on held-out samples".formatted(comparison.name(), metric),
                metric,
                result -> Comparison.curve(result, metric),
                true),
            panel(
                comparison,
                "training loss",
                "loss",
                result -> result.loss().smoothed(LOSS_POINTS),
                false));
    try (OutputStream out = Files.newOutputStream(file)) {
      BitmapEncoder.saveBitmap(panels, panels.size(), 1, out, BitmapFormat.PNG);
    }
    return file;
  }

  private static XYChart panel(
      Comparison comparison,
      String title,
      String axis,
      Function<RunResult, Curve> curve,
      boolean exact) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle("step")
            .yAxisTitle(axis)
            .build();
    VariantPaint.style(chart.getStyler());
    chart.getStyler().setYAxisLogarithmic(Quality.isRatio(axis));
    chart.getStyler().setXAxisMin(0.0).setXAxisMax((double) lastStep(comparison));
    List<String> variants = comparison.variants();
    // The means are drawn last, above the lines of the seeds.
    for (int i = 0; i < variants.size(); i++) {
      List<RunResult> results = comparison.of(variants.get(i));
      if (exact && results.size() > 1) {
        for (RunResult result : results) {
          XYSeries line = add(chart, result.run(), curve.apply(result));
          line.setShowInLegend(false);
          line.setMarker(SeriesMarkers.NONE);
          line.setLineColor(VariantPaint.of(i).faint()).setLineStyle(THIN);
        }
      }
    }
    for (int i = 0; i < variants.size(); i++) {
      VariantPaint paint = VariantPaint.of(i);
      Curve mean = Curve.mean(comparison.of(variants.get(i)).stream().map(curve).toList());
      XYSeries line = add(chart, variants.get(i), mean);
      line.setLineColor(paint.color()).setLineStyle(paint.stroke());
      line.setMarkerColor(paint.color()).setMarker(exact ? paint.marker() : SeriesMarkers.NONE);
    }
    return chart;
  }

  private static long lastStep(Comparison comparison) {
    return comparison.results().stream().mapToLong(RunResult::steps).max().orElse(1);
  }

  private static XYSeries add(XYChart chart, String name, Curve curve) {
    List<Double> steps = new ArrayList<>();
    List<Double> values = new ArrayList<>();
    curve
        .values()
        .forEach(
            (step, value) -> {
              if (Double.isFinite(value)) {
                steps.add(step.doubleValue());
                values.add(value);
              }
            });
    return chart.addSeries(name, steps, values);
  }
}
