package dev.rivulet.ops.ranks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.rivulet.schemas.policy.ScoredModule;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PredictionTest {
  private static final List<ScoredModule> LAYERS =
      List.of(layer("q0", "q"), layer("q1", "q"), layer("v0", "v"), layer("v1", "v"));
  private static final Measurement.Result MEASURED =
      new Measurement.Result(
          LAYERS,
          Map.of("q0", 1.0, "q1", 3.0, "v0", 2.0, "v1", 2.0),
          Map.of("q0", 6e-6, "q1", 2e-6, "v0", 8e-6, "v1", 0.0));

  /** The scores have units of their own: the mean is that of the shares. */
  @Test
  void of_bothScores_isTheMeanOfTheSharesOfEachKind() {
    Prediction prediction = Prediction.of(MEASURED, Score.BOTH, Allocation.LARGEST_REMAINDER, 9);

    assertThat(prediction.layers())
        .extracting(Prediction.Layer::share)
        .containsExactly(0.5, 0.5, 0.75, 0.25);
    assertThat(prediction.pattern()).isEqualTo(Map.of("q0", 9, "q1", 9, "v0", 13, "v1", 5));
  }

  @Test
  void of_bothScoresByParameters_areSharesOfAllLayers() {
    Prediction prediction = Prediction.of(MEASURED, Score.BOTH, Allocation.PARAMETERS, 4);

    double[] expected = {(1 / 8.0 + 6 / 16.0) / 2, (3 / 8.0 + 2 / 16.0) / 2, 3 / 8.0, 1 / 8.0};
    for (int i = 0; i < expected.length; i++) {
      assertThat(prediction.layers().get(i).share()).isCloseTo(expected[i], within(1e-12));
    }
    assertThat(prediction.parameters()).isEqualTo(4 * 4 * 128);
  }

  @Test
  void of_scoreThatIsNotFinite_namesTheLayer() {
    Measurement.Result broken =
        new Measurement.Result(
            LAYERS.subList(0, 2), Map.of("q0", 1.0, "q1", Double.POSITIVE_INFINITY), Map.of());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Prediction.of(broken, Score.DISAGREEMENT, Allocation.FLOOR, 8))
        .withMessageContaining("module q1: a score of Infinity");
  }

  private static ScoredModule layer(String name, String kind) {
    return new ScoredModule(name, kind, 64, 64, 0);
  }
}
