package dev.rivulet.schemas.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GradientEnergyTest {
  private static final Spectra REFRESH = Spectra.of(Spectra.POLICY, 1);

  /** Energy ranks of three laws in 256 dimensions, computed independently. */
  @Tag("cross-check")
  @ParameterizedTest
  @CsvSource({
    "exp, 0.90, 10", "exp, 0.95, 12", "exp, 0.96, 13", "exp, 0.99, 19",
    "harmonic, 0.90, 6", "harmonic, 0.95, 12", "harmonic, 0.96, 14", "harmonic, 0.99, 49",
    "root, 0.90, 139", "root, 0.95, 189", "root, 0.96, 201", "root, 0.99, 241"
  })
  void smallestRank_knownLaw_isTheComputedRank(String law, double share, int rank) {
    IntToDoubleFunction sigma =
        switch (law) {
          case "exp" -> i -> Math.exp(-i / 8.0);
          case "harmonic" -> i -> 1.0 / (i + 1);
          default -> i -> 1 / Math.sqrt(i + 1);
        };
    GradientEnergy energy = GradientEnergy.of(REFRESH.layer("a", Spectra.decay(256, sigma)));
    assertThat(energy.smallestRank(share)).isEqualTo(rank);
  }

  @Test
  void share_orthogonalMatrix_isProportionalToRank() {
    GradientEnergy energy = GradientEnergy.of(REFRESH.layer("a", Spectra.decay(8, i -> 3)));
    for (int rank = 0; rank <= 8; rank++) {
      assertThat(energy.share(rank)).isCloseTo(rank / 8.0, within(1e-12));
    }
    assertThat(energy.gain(3)).isCloseTo(0.125, within(1e-12));
    assertThat(energy.gain(8)).isZero();
  }

  @Test
  void smallestRank_sketchTooSmall_isOneMoreThanSketched() {
    GradientEnergy energy = GradientEnergy.of(REFRESH.layer("a", 100, 8, 3, 2, 1));
    assertThat(energy.smallestRank(0.5)).isEqualTo(4);
    assertThat(energy.share(3)).isCloseTo(0.14, within(1e-9));
  }

  @Test
  void isMeasured_zeroOrNotFinite_isFalseAndSharesAreZero() {
    double[][] spectra = {{0, 0}, {Double.NaN, 1}, {Double.POSITIVE_INFINITY, 1}};
    for (double[] sigma : spectra) {
      GradientEnergy energy = GradientEnergy.of(REFRESH.layer("a", sigma));
      assertThat(energy.isMeasured()).isFalse();
      assertThat(energy.share(2)).isZero();
    }
    assertThat(GradientEnergy.of(REFRESH.layer("a", Double.NaN, 8, 2, 1)).isMeasured()).isFalse();
  }
}
