package dev.rivulet.ops.chart;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;

/**
 * A chart of horizontal bars in panels side by side. The panels share the labels on the left; each
 * label has one bar per series in every panel.
 *
 * <p>Drawn with Java2D, because the horizontal bars of XChart have no error bars and no panels that
 * share their labels.
 *
 * @param title heading of the chart
 * @param labels one per group of bars, from top to bottom
 * @param series names of the bars in a group; a single one has no legend
 * @param panels the panels, from left to right
 */
public record BarChart(String title, List<String> labels, List<String> series, List<Panel> panels) {

  /** Width of every chart in pixels: that of a README on GitHub. */
  public static final int WIDTH = 830;

  /** How a panel places its values. */
  public enum Scale {
    /** Bars from zero, so that their lengths can be compared. */
    FROM_ZERO,
    /** Points on an axis that is cut to the values, for values that differ by little. */
    FITTED
  }

  /**
   * One panel.
   *
   * @param title its heading, with the unit
   * @param values by label, then by series
   */
  public record Panel(String title, Scale scale, List<List<Value>> values) {}

  /**
   * One value.
   *
   * @param mean length of the bar; not a number for a value that is missing
   * @param deviation half the length of the error bar; 0 for none
   * @param text what is written next to it
   */
  public record Value(double mean, double deviation, String text) {
    /** A value that is missing. */
    public static final Value MISSING = new Value(Double.NaN, 0, "–");

    boolean isMissing() {
      return !Double.isFinite(mean);
    }
  }

  /**
   * Checks that each panel has a value for each label and series.
   *
   * @throws IllegalArgumentException when one has not
   */
  public BarChart {
    for (Panel panel : panels) {
      if (panel.values().size() != labels.size()
          || panel.values().stream().anyMatch(group -> group.size() != series.size())) {
        throw new IllegalArgumentException(
            "panel %s: needs %d groups of %d values"
                .formatted(panel.title(), labels.size(), series.size()));
      }
    }
  }

  /**
   * Writes the chart as a PNG and returns the file.
   *
   * @throws IOException when the file cannot be written
   */
  public Path write(Path file) throws IOException {
    System.setProperty("java.awt.headless", "true");
    try (OutputStream out = Files.newOutputStream(file)) {
      ImageIO.write(new BarChartPainter(this).paint(), "png", out);
    }
    return file;
  }
}
