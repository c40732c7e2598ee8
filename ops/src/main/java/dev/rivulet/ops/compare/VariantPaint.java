package dev.rivulet.ops.compare;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.util.List;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * The appearance of a variant in a chart: a marker, a dash, and a colour that differs from the
 * others for people with any kind of colour vision (Okabe and Ito).
 *
 * @param color colour of its mean
 * @param marker its marker
 * @param stroke the line of its mean
 */
record VariantPaint(Color color, Marker marker, BasicStroke stroke) {
  private static final List<Color> COLORS =
      List.of(
          new Color(0x00, 0x72, 0xB2),
          new Color(0xD5, 0x5E, 0x00),
          new Color(0x00, 0x9E, 0x73),
          new Color(0xCC, 0x79, 0xA7),
          new Color(0xE6, 0x9F, 0x00),
          new Color(0x56, 0xB4, 0xE9),
          Color.BLACK);
  private static final List<Marker> MARKERS =
      List.of(
          SeriesMarkers.CIRCLE,
          SeriesMarkers.SQUARE,
          SeriesMarkers.TRIANGLE_UP,
          SeriesMarkers.DIAMOND,
          SeriesMarkers.TRIANGLE_DOWN,
          SeriesMarkers.TRAPEZOID,
          SeriesMarkers.CROSS);
  private static final BasicStroke SOLID = new BasicStroke(2.4f);
  private static final BasicStroke DASHED =
      new BasicStroke(
          2.4f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10f, new float[] {8f, 6f}, 0f);
  private static final int FAINT = 90;
  private static final Font TEXT = new Font(Font.SANS_SERIF, Font.PLAIN, 13);
  private static final Font TITLE = new Font(Font.SANS_SERIF, Font.BOLD, 15);

  /** Returns the paint of a variant by its index; variants after the seventh are dashed. */
  static VariantPaint of(int index) {
    boolean dashed = index / COLORS.size() % 2 == 1;
    return new VariantPaint(
        COLORS.get(index % COLORS.size()),
        MARKERS.get(index % MARKERS.size()),
        dashed ? DASHED : SOLID);
  }

  /** Returns the colour of a single seed. */
  Color faint() {
    return new Color(color.getRed(), color.getGreen(), color.getBlue(), FAINT);
  }

  /** Applies the common style: the legend to the right of the plot, large text. */
  static void style(XYStyler style) {
    style.setChartBackgroundColor(Color.WHITE);
    style.setPlotBorderVisible(false);
    style.setPlotGridLinesColor(new Color(0xDD, 0xDD, 0xDD));
    style.setLegendPosition(Styler.LegendPosition.OutsideE);
    style.setLegendBorderColor(Color.WHITE);
    style.setLegendFont(TEXT);
    style.setChartTitleFont(TITLE);
    style.setAxisTitleFont(TEXT);
    style.setAxisTickLabelsFont(TEXT);
    style.setYAxisDecimalPattern("0.####");
    style.setMarkerSize(8);
  }
}
