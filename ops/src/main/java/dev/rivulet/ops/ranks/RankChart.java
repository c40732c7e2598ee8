package dev.rivulet.ops.ranks;

import java.awt.Color;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.XYStyler;

/** The ranks of a prediction from block to block, one line for each kind of layer. */
final class RankChart {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 420;

  private RankChart() {}

  /**
   * Writes the chart as a PNG.
   *
   * @param model name of the model
   * @throws IOException when the file cannot be written
   */
  static void write(Prediction prediction, String model, Path file) throws IOException {
    System.setProperty("java.awt.headless", "true");
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title("%s: ranks by %s".formatted(model, prediction.score()))
            .xAxisTitle("block")
            .yAxisTitle("rank")
            .build();
    XYStyler style = chart.getStyler();
    style.setChartBackgroundColor(Color.WHITE);
    style.setLegendPosition(LegendPosition.OutsideE);
    style.setYAxisMin(0.0).setXAxisDecimalPattern("0").setYAxisDecimalPattern("0");
    ranks(prediction)
        .forEach(
            (kind, ranks) ->
                chart.addSeries(kind, IntStream.range(0, ranks.size()).boxed().toList(), ranks));
    try (OutputStream out = Files.newOutputStream(file)) {
      BitmapEncoder.saveBitmap(List.of(chart), 1, 1, out, BitmapFormat.PNG);
    }
  }

  /** Returns the ranks of each kind, from the first block to the last. */
  private static Map<String, List<Integer>> ranks(Prediction prediction) {
    return prediction.layers().stream()
        .collect(
            Collectors.groupingBy(
                layer -> layer.module().kind(),
                LinkedHashMap::new,
                Collectors.mapping(Prediction.Layer::rank, Collectors.toList())));
  }
}
