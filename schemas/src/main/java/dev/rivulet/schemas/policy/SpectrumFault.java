package dev.rivulet.schemas.policy;

import dev.rivulet.schemas.record.RankPolicy;
import dev.rivulet.schemas.record.Spectrum;
import org.jspecify.annotations.Nullable;

/** What makes a spectrum that could be decoded useless all the same. */
public final class SpectrumFault {
  private SpectrumFault() {}

  /** Returns the first fault in words, or null when a rank can be decided on the spectrum. */
  public static @Nullable String of(Spectrum spectrum) {
    RankPolicy policy = spectrum.getPolicy();
    if (spectrum.getRun().indexOf('/') >= 0) {
      return "run '" + spectrum.getRun() + "' has a slash in its name";
    }
    if (spectrum.getLayers() < 1 || spectrum.getRows() < 1 || spectrum.getCols() < 1) {
      return "layers, rows and cols must be at least 1, are %d, %d, %d"
          .formatted(spectrum.getLayers(), spectrum.getRows(), spectrum.getCols());
    }
    if (!(policy.getEnergyShare() > 0 && policy.getEnergyShare() <= 1)) {
      return "energyShare must be in (0, 1], is " + policy.getEnergyShare();
    }
    if (policy.getMinRank() < 1 || policy.getMaxRank() < policy.getMinRank()) {
      return "ranks must be 1 <= minRank <= maxRank, are %d, %d"
          .formatted(policy.getMinRank(), policy.getMaxRank());
    }
    if (!(policy.getHysteresis() >= 0 && policy.getHysteresis() < 1)) {
      return "hysteresis must be in [0, 1), is " + policy.getHysteresis();
    }
    if (spectrum.getBytesPerRank() < 0 || spectrum.getRank() < 0) {
      return "bytesPerRank and rank must be at least 0, are %d, %d"
          .formatted(spectrum.getBytesPerRank(), spectrum.getRank());
    }
    return null;
  }
}
