package dev.rivulet.schemas.lozo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.rivulet.schemas.failure.UsageException;
import org.junit.jupiter.api.Test;

class LozoProbeTest {
  private static final float[] VALUES = {1, -2};

  @Test
  void spread_centralPair_addsAndSubtractsTheDirection() {
    float[][] direction = {{4, 8}};
    assertThat(new LozoProbe(0, 0.25, false).spread(VALUES, direction))
        .containsExactly(2, 0, 0, -4);
  }

  @Test
  void spread_queries_isTheWeightsThenEachDirection() {
    float[][] directions = {{4, 8}, {-4, 0}, {0, 4}};
    assertThat(new LozoProbe(3, 0.25, false).spread(VALUES, directions))
        .containsExactly(1, -2, 2, 0, 0, -2, 1, -1);
  }

  @Test
  void estimate_centralPair_isTheSlopeAndTheMean() {
    LozoProbe.Estimate estimate = new LozoProbe(0, 0.25, false).estimate(new double[] {1.0, 2.0});
    assertThat(estimate.coefficients()).containsExactly(-2f);
    assertThat(estimate.slope()).isEqualTo(2);
    assertThat(estimate.loss()).isEqualTo(1.5);
    assertThat(estimate.isFinite()).isTrue();
  }

  @Test
  void estimate_queries_isTheMeanOfTheirSlopes() {
    LozoProbe.Estimate estimate =
        new LozoProbe(2, 0.25, false).estimate(new double[] {1.0, 2.0, 0.5});
    assertThat(estimate.coefficients()).containsExactly(2f, -1f);
    assertThat(estimate.slope()).isCloseTo(Math.sqrt(10), within(1e-12));
    assertThat(estimate.loss()).isEqualTo(1);
  }

  /** The losses 2, 4, 6 have mean 4 and standard deviation 2. */
  @Test
  void estimate_normalisedQueries_isInUnitsOfTheirStandardDeviation() {
    LozoProbe probe = new LozoProbe(3, 0.25, true);
    assertThat(probe.estimate(new double[] {1, 2, 4, 6}).coefficients())
        .containsExactly(1 / 6f, 3 / 6f, 5 / 6f);
    assertThat(probe.estimate(new double[] {1, 2, 4, 6}).slope())
        .isCloseTo(4 * Math.sqrt(35 / 3.0), within(1e-9));
    assertThat(probe.estimate(new double[] {1, 3, 3, 3}).coefficients()).containsOnly(0f);
  }

  @Test
  void estimate_lossNotFinite_isNotFinite() {
    assertThat(new LozoProbe(0, 1, false).estimate(new double[] {Double.NaN, 1}).isFinite())
        .isFalse();
    assertThat(
            new LozoProbe(2, 1, false)
                .estimate(new double[] {1, 1, Double.POSITIVE_INFINITY})
                .isFinite())
        .isFalse();
    // A slope beyond float32 would be an infinite factor in the update.
    assertThat(new LozoProbe(0, 1e-30, false).estimate(new double[] {1e10, 0}).isFinite())
        .isFalse();
  }

  @Test
  void of_valuesOutOfRange_areRefused() {
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> new LozoProbe(0, 0, false))
        .withMessageContaining("epsilon 0.0: use a number above 0");
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> new LozoProbe(1, 1, true))
        .withMessageContaining("at least 2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LozoProbe(2, 1, false).estimate(new double[2]))
        .withMessageContaining("2 losses of 3 evaluations");
  }
}
