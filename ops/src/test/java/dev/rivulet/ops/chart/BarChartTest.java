package dev.rivulet.ops.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.rivulet.ops.chart.BarChart.Panel;
import dev.rivulet.ops.chart.BarChart.Scale;
import dev.rivulet.ops.chart.BarChart.Value;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BarChartTest {
  private static final int BLUE = 0xFF0072B2;
  private static final int ORANGE = 0xFFE69F00;
  private static final int WHITE = 0xFFFFFFFF;
  private static final int MARGIN = 10;

  @TempDir Path folder;

  @Test
  void write_anyNumberOfRows_hasTheWidthOfAReadme() throws Exception {
    BufferedImage few = draw(chart(Scale.FROM_ZERO, List.of("fp32"), 1, 2));
    BufferedImage many = draw(chart(Scale.FROM_ZERO, List.of("fp32"), IntStream.range(0, 14)));

    assertThat(few.getWidth()).isEqualTo(BarChart.WIDTH);
    assertThat(many.getWidth()).isEqualTo(BarChart.WIDTH);
    assertThat(many.getHeight()).isGreaterThan(few.getHeight());
  }

  @Test
  void write_fromZero_barsAreProportional() throws Exception {
    BufferedImage image = draw(chart(Scale.FROM_ZERO, List.of("fp32"), 1, 2));

    List<Integer> lengths = runs(image, BLUE);

    assertThat(lengths).hasSize(2);
    assertThat(lengths.get(1)).isBetween(2 * lengths.get(0) - 3, 2 * lengths.get(0) + 3);
  }

  @Test
  void write_twoSeries_eachHasItsColour() throws Exception {
    BufferedImage image = draw(chart(Scale.FROM_ZERO, List.of("fp32", "bf16"), 1, 2));

    assertThat(count(image, BLUE)).isPositive();
    assertThat(count(image, ORANGE)).isPositive();
  }

  @Test
  void write_missingValue_hasNoBar() throws Exception {
    BarChart chart =
        new BarChart(
            "title",
            List.of("a"),
            List.of("fp32"),
            List.of(new Panel("MB", Scale.FROM_ZERO, List.of(List.of(Value.MISSING)))));

    assertThat(count(draw(chart), BLUE)).isZero();
  }

  @Test
  void write_longLabelsAndTexts_stayInsideTheMargins() throws Exception {
    Value value = new Value(1, 0.25, "1,234.567 ± 0.250");
    BarChart chart =
        new BarChart(
            "title",
            List.of("a variant whose name is much longer than any column of a chart can be, lean"),
            List.of("fp32"),
            List.of(
                new Panel("accuracy", Scale.FITTED, List.of(List.of(value))),
                new Panel("MB", Scale.FROM_ZERO, List.of(List.of(value)))));

    BufferedImage image = draw(chart);

    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < MARGIN; x++) {
        assertThat(image.getRGB(x, y)).isEqualTo(WHITE);
        assertThat(image.getRGB(image.getWidth() - 1 - x, y)).isEqualTo(WHITE);
      }
    }
  }

  @Test
  void new_panelWithoutAValueForALabel_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new BarChart(
                    "title",
                    List.of("a", "b"),
                    List.of("fp32"),
                    List.of(new Panel("MB", Scale.FITTED, List.of(List.of(Value.MISSING))))))
        .withMessage("panel MB: needs 2 groups of 1 values");
  }

  private static BarChart chart(Scale scale, List<String> series, int... values) {
    return chart(scale, series, IntStream.of(values));
  }

  private static BarChart chart(Scale scale, List<String> series, IntStream values) {
    List<Integer> means = values.boxed().toList();
    return new BarChart(
        "title",
        means.stream().map(mean -> "row " + mean).toList(),
        series,
        List.of(
            new Panel(
                "MB",
                scale,
                means.stream()
                    .map(
                        mean -> series.stream().map(name -> new Value(mean, 0, "" + mean)).toList())
                    .toList())));
  }

  private BufferedImage draw(BarChart chart) throws Exception {
    return ImageIO.read(chart.write(folder.resolve("chart.png")).toFile());
  }

  private static long count(BufferedImage image, int colour) {
    return IntStream.range(0, image.getWidth() * image.getHeight())
        .filter(i -> image.getRGB(i % image.getWidth(), i / image.getWidth()) == colour)
        .count();
  }

  /** Returns the widths of the bars of a colour, from top to bottom. */
  private static List<Integer> runs(BufferedImage image, int colour) {
    List<Integer> widths =
        IntStream.range(0, image.getHeight())
            .mapToObj(
                y ->
                    (int)
                        IntStream.range(0, image.getWidth())
                            .filter(x -> image.getRGB(x, y) == colour)
                            .count())
            .toList();
    return IntStream.range(1, widths.size())
        .filter(y -> widths.get(y) > 0 && widths.get(y).equals(widths.get(y - 1)))
        .filter(y -> y < 2 || widths.get(y - 2) == 0 || !widths.get(y - 2).equals(widths.get(y)))
        .mapToObj(widths::get)
        .toList();
  }
}
