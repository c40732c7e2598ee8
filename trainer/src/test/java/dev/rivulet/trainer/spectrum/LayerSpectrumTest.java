package dev.rivulet.trainer.spectrum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class LayerSpectrumTest {
  @Test
  void ranks_rankOneGradient_areOne() {
    LayerSpectrum spectrum = spectrum(9, 3, 0, 0, 0);

    assertThat(spectrum.effectiveRank()).isEqualTo(1);
    assertThat(spectrum.stableRank()).isEqualTo(1);
  }

  @Test
  void ranks_identity_areItsSize() {
    LayerSpectrum spectrum = spectrum(4, 1, 1, 1, 1);

    assertThat(spectrum.effectiveRank()).isCloseTo(4, within(1e-12));
    assertThat(spectrum.stableRank()).isEqualTo(4);
  }

  /** Reference values of methods.md for exp(-i/8) in 256 dimensions. */
  @Test
  void ranks_exponentialDecay_areTheReferenceValues() {
    float[] sigma = new float[256];
    double energy = 0;
    for (int i = 0; i < sigma.length; i++) {
      sigma[i] = (float) Math.exp(-i / 8.0);
      energy += (double) sigma[i] * sigma[i];
    }
    LayerSpectrum spectrum = spectrum(energy, sigma);

    assertThat(spectrum.effectiveRank()).isCloseTo(21.8, within(0.1));
    assertThat(spectrum.stableRank()).isCloseTo(4.52, within(0.01));
  }

  @Test
  void stableRank_energyBeyondTheSketch_countsAllOfIt() {
    assertThat(spectrum(12, 2, 1).stableRank()).isEqualTo(3);
  }

  @Test
  void ranks_zeroGradient_areZero() {
    LayerSpectrum spectrum = spectrum(0, 0, 0);

    assertThat(spectrum.effectiveRank()).isZero();
    assertThat(spectrum.stableRank()).isZero();
  }

  private static LayerSpectrum spectrum(double energy, float... singularValues) {
    return new LayerSpectrum(
        "layer",
        "kind",
        256,
        256,
        singularValues,
        energy,
        0,
        OptionalDouble.empty(),
        OptionalDouble.empty(),
        0);
  }
}
