package dev.rivulet.ops.chart;

import dev.rivulet.ops.chart.BarChart.Panel;
import dev.rivulet.ops.chart.BarChart.Scale;
import dev.rivulet.ops.chart.BarChart.Value;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.stream.Stream;

/** Paints a chart. All sizes are in pixels. */
final class BarChartPainter {
  private static final int MARGIN = 14;
  private static final int TITLE = 30;
  private static final int PANEL_TITLE = 24;
  private static final int BAR = 15;
  private static final int BAR_GAP = 2;
  private static final int GROUP_GAP = 9;
  private static final int PANEL_GAP = 22;
  private static final int TEXT_GAP = 6;
  private static final int CAP = 4;
  private static final double LONGEST_LABEL = 0.35 * BarChart.WIDTH;

  private static final Font HEADING = new Font(Font.SANS_SERIF, Font.BOLD, 15);
  private static final Font SUBHEADING = new Font(Font.SANS_SERIF, Font.BOLD, 13);
  private static final Font TEXT = new Font(Font.SANS_SERIF, Font.PLAIN, 13);
  private static final Color INK = new Color(0x22, 0x22, 0x22);
  private static final Color GUIDE = new Color(0xDD, 0xDD, 0xDD);
  private static final BasicStroke THIN = new BasicStroke(1.4f);

  /** Colours that differ for people with any kind of colour vision (Okabe and Ito). */
  private static final List<Color> COLORS =
      List.of(
          new Color(0x00, 0x72, 0xB2),
          new Color(0xE6, 0x9F, 0x00),
          new Color(0x00, 0x9E, 0x73),
          new Color(0xCC, 0x79, 0xA7));

  private final BarChart chart;
  private final BufferedImage image;
  private final Graphics2D graphics;

  BarChartPainter(BarChart chart) {
    this.chart = chart;
    this.image = new BufferedImage(BarChart.WIDTH, height(chart), BufferedImage.TYPE_INT_RGB);
    this.graphics = image.createGraphics();
  }

  private static int height(BarChart chart) {
    return 2 * MARGIN + TITLE + PANEL_TITLE + chart.labels().size() * group(chart);
  }

  private static int group(BarChart chart) {
    return chart.series().size() * (BAR + BAR_GAP) + GROUP_GAP;
  }

  BufferedImage paint() {
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, image.getWidth(), image.getHeight());
    text(HEADING, chart.title(), MARGIN, MARGIN + TITLE / 2.0);
    legend();
    List<String> labels = chart.labels().stream().map(this::shortened).toList();
    double column = labels.stream().mapToDouble(label -> width(TEXT, label)).max().orElse(0);
    for (int i = 0; i < labels.size(); i++) {
      text(TEXT, labels.get(i), MARGIN, top(i) + (group(chart) - GROUP_GAP) / 2.0);
    }
    double left = MARGIN + column + PANEL_GAP;
    int panels = chart.panels().size();
    double width = (BarChart.WIDTH - MARGIN - left - PANEL_GAP * (panels - 1)) / panels;
    for (int i = 0; i < panels; i++) {
      panel(chart.panels().get(i), left + i * (width + PANEL_GAP), width);
    }
    graphics.dispose();
    return image;
  }

  private double top(int label) {
    return MARGIN + TITLE + PANEL_TITLE + GROUP_GAP / 2.0 + label * group(chart);
  }

  private void legend() {
    double x = BarChart.WIDTH - MARGIN;
    double y = MARGIN + TITLE / 2.0;
    for (int i = chart.series().size() - 1; i >= 0 && chart.series().size() > 1; i--) {
      x -= width(TEXT, chart.series().get(i));
      text(TEXT, chart.series().get(i), x, y);
      x -= BAR + TEXT_GAP;
      graphics.setColor(color(i));
      graphics.fill(new Rectangle2D.Double(x, y - BAR / 2.0, BAR, BAR));
      x -= PANEL_GAP;
    }
  }

  private void panel(Panel panel, double left, double width) {
    text(SUBHEADING, panel.title(), left, MARGIN + TITLE + PANEL_TITLE / 2.0);
    List<Value> known = values(panel).filter(value -> !value.isMissing()).toList();
    double textWidth =
        values(panel).mapToDouble(value -> width(TEXT, value.text())).max().orElse(0);
    double low =
        panel.scale() == Scale.FROM_ZERO
            ? 0
            : known.stream().mapToDouble(value -> value.mean() - value.deviation()).min().orElse(0);
    double high =
        known.stream().mapToDouble(value -> value.mean() + value.deviation()).max().orElse(1);
    Axis axis = new Axis(low, high, left, left + width - textWidth - 2 * TEXT_GAP);
    for (int label = 0; label < panel.values().size(); label++) {
      for (int i = 0; i < panel.values().get(label).size(); i++) {
        Value value = panel.values().get(label).get(i);
        double y = top(label) + i * (BAR + BAR_GAP) + BAR / 2.0;
        double end =
            panel.scale() == Scale.FROM_ZERO
                ? bar(value, axis, y, color(i))
                : point(value, axis, y, color(i));
        text(TEXT, value.text(), end + TEXT_GAP, y);
      }
    }
  }

  private static Stream<Value> values(Panel panel) {
    return panel.values().stream().flatMap(List::stream);
  }

  /** Draws a bar and returns its right end. */
  private double bar(Value value, Axis axis, double y, Color color) {
    graphics.setColor(GUIDE);
    graphics.draw(new Line2D.Double(axis.left, y - BAR / 2.0, axis.left, y + BAR / 2.0));
    if (value.isMissing()) {
      return axis.left;
    }
    graphics.setColor(color);
    graphics.fill(
        new Rectangle2D.Double(axis.left, y - BAR / 2.0, axis.at(value.mean()) - axis.left, BAR));
    errorBar(value, axis, y);
    return axis.at(value.mean() + value.deviation());
  }

  /** Draws a point on a line across the panel and returns the line's right end. */
  private double point(Value value, Axis axis, double y, Color color) {
    graphics.setColor(GUIDE);
    graphics.draw(new Line2D.Double(axis.left, y, axis.right, y));
    if (!value.isMissing()) {
      errorBar(value, axis, y);
      graphics.setColor(color);
      double x = axis.at(value.mean());
      graphics.fill(new Ellipse2D.Double(x - BAR / 3.0, y - BAR / 3.0, BAR / 1.5, BAR / 1.5));
    }
    return axis.right;
  }

  private void errorBar(Value value, Axis axis, double y) {
    if (value.deviation() > 0) {
      double from = axis.at(value.mean() - value.deviation());
      double to = axis.at(value.mean() + value.deviation());
      graphics.setColor(INK);
      graphics.setStroke(THIN);
      graphics.draw(new Line2D.Double(from, y, to, y));
      graphics.draw(new Line2D.Double(from, y - CAP, from, y + CAP));
      graphics.draw(new Line2D.Double(to, y - CAP, to, y + CAP));
    }
  }

  private static Color color(int series) {
    return COLORS.get(series % COLORS.size());
  }

  /** Draws a text whose vertical centre is given. */
  private void text(Font font, String text, double x, double centre) {
    graphics.setFont(font);
    graphics.setColor(INK);
    FontMetrics metrics = graphics.getFontMetrics();
    double baseline = centre + (metrics.getAscent() - metrics.getDescent()) / 2.0;
    graphics.drawString(text, (float) x, (float) baseline);
  }

  private double width(Font font, String text) {
    return graphics.getFontMetrics(font).stringWidth(text);
  }

  private String shortened(String label) {
    String text = label;
    while (width(TEXT, text) > LONGEST_LABEL) {
      text = text.substring(0, text.length() - 2).stripTrailing() + "…";
    }
    return text;
  }

  /** A linear axis: {@code low} is at {@code left}, {@code high} at {@code right}. */
  private record Axis(double low, double high, double left, double right) {
    double at(double value) {
      return high > low ? left + (right - left) * (value - low) / (high - low) : left;
    }
  }
}
