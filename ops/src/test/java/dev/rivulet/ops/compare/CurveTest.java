package dev.rivulet.ops.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class CurveTest {
  @Test
  void best_dependsOnTheDirection() {
    Curve curve = curve(Map.of(0L, 0.5, 10L, 0.8, 20L, 0.7, 30L, Double.NaN));
    assertThat(curve.best(true)).isEqualTo(0.8);
    assertThat(curve.best(false)).isEqualTo(0.5);
    assertThat(curve.last()).isNaN();
  }

  @Test
  void mean_isOverCommonSteps() {
    Curve mean =
        Curve.mean(
            List.of(curve(Map.of(0L, 1.0, 10L, 2.0, 20L, 9.0)), curve(Map.of(0L, 3.0, 10L, 5.0))));
    assertThat(mean.values()).containsExactly(Map.entry(0L, 2.0), Map.entry(10L, 3.5));
  }

  @Test
  void smoothed_isTheMeanOfEachWindowAtItsLastStep() {
    TreeMap<Long, Double> values = new TreeMap<>();
    for (long step = 1; step <= 10; step++) {
      values.put(step, step == 5 ? Double.NaN : (double) step);
    }
    // 3 windows need 4 steps each, rounded to 5: steps 1 to 5 without the NaN, and 6 to 10.
    assertThat(new Curve(values).smoothed(3).values())
        .containsExactly(Map.entry(4L, 2.5), Map.entry(10L, 8.0));
    assertThat(new Curve(values).smoothed(100).values()).hasSize(9);
  }

  @Test
  void spread_isTheSampleDeviation() {
    Spread spread = Spread.of(List.of(2.0, 4.0, 9.0));
    assertThat(spread.mean()).isEqualTo(5);
    // (9 + 1 + 16) / 2.
    assertThat(spread.deviation()).isEqualTo(Math.sqrt(13));
    assertThat(spread.text(2)).isEqualTo("5.00 ± 3.61");
    assertThat(Spread.of(List.of(2.0)).text(1)).isEqualTo("2.0");
    assertThatIllegalArgumentException().isThrownBy(() -> Spread.of(List.of()));
  }

  private static Curve curve(Map<Long, Double> values) {
    return new Curve(new TreeMap<>(values));
  }
}
