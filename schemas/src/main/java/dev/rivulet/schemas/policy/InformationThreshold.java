package dev.rivulet.schemas.policy;

import dev.rivulet.schemas.record.RankPolicy;
import dev.rivulet.schemas.record.RankReason;
import dev.rivulet.schemas.record.Spectrum;
import java.util.Locale;

/**
 * The information threshold of AdaRankGrad (arXiv 2410.17881): a layer's rank is the smallest whose
 * leading singular values hold a set share of the gradient's energy,
 *
 * <pre>r = min { k : σ₁² + … + σₖ² ≥ energyShare · ‖G‖² }</pre>
 *
 * inside the allowed range. Two additions keep it steady: a shrink that is small for the rank in
 * force is not worth a change, and a gradient without energy says nothing, so the rank stays.
 */
final class InformationThreshold {
  private final Spectrum spectrum;
  private final RankPolicy policy;
  private final GradientEnergy energy;
  private final int threshold;
  private final int ceiling;
  private final int floor;

  private InformationThreshold(Spectrum spectrum) {
    this.spectrum = spectrum;
    this.policy = spectrum.getPolicy();
    this.energy = GradientEnergy.of(spectrum);
    this.threshold = energy.smallestRank(policy.getEnergyShare());
    this.ceiling = ceiling();
    this.floor = Math.min(policy.getMinRank(), ceiling);
  }

  /** Returns the rank that a layer's spectrum asks for. */
  static RankRequest request(Spectrum spectrum) {
    return new InformationThreshold(spectrum).request();
  }

  private RankRequest request() {
    int clamped = clamp(threshold);
    int previous = clamp(spectrum.getRank());
    if (!energy.isMeasured()) {
      boolean first = spectrum.getRank() == 0;
      return asks(
          previous,
          first ? RankReason.MIN_RANK : RankReason.HYSTERESIS,
          "the gradient's energy is %s, which tells nothing: rank %d %s",
          spectrum.getTotalEnergy(),
          previous,
          first ? "to start with" : "stays");
    }
    if (clamped < previous && previous - clamped < policy.getHysteresis() * previous) {
      return asks(
          previous,
          RankReason.HYSTERESIS,
          "rank %d would do, but a shrink by less than %.0f %% is not made: %d stays",
          clamped,
          100 * policy.getHysteresis(),
          previous);
    }
    if (threshold < clamped) {
      return asks(
          clamped,
          RankReason.MIN_RANK,
          "rank %d would capture %.2f %% of the energy; %d is the smallest allowed",
          threshold,
          100 * energy.share(threshold),
          clamped);
    }
    if (threshold > clamped) {
      return asks(
          clamped,
          RankReason.MAX_RANK,
          "%.2f %% of the energy asks for rank %d%s; %d is %s",
          100 * policy.getEnergyShare(),
          threshold,
          threshold > energy.sketched() ? " at least" : "",
          clamped,
          bound());
    }
    return asks(
        clamped,
        RankReason.ENERGY_THRESHOLD,
        "rank %d is the first to capture %.2f %% of the energy",
        clamped,
        100 * policy.getEnergyShare());
  }

  private RankRequest asks(int rank, RankReason reason, String detail, Object... figures) {
    return new RankRequest(
        spectrum,
        energy,
        threshold,
        floor,
        rank,
        reason,
        String.format(Locale.ROOT, detail, figures));
  }

  private int clamp(int rank) {
    return Math.max(floor, Math.min(rank, ceiling));
  }

  private int ceiling() {
    int allowed = Math.min(policy.getMaxRank(), smallerSide());
    return energy.sketched() == 0 ? allowed : Math.min(allowed, energy.sketched());
  }

  private int smallerSide() {
    return Math.min(spectrum.getRows(), spectrum.getCols());
  }

  private String bound() {
    if (ceiling == policy.getMaxRank()) {
      return "the largest allowed";
    }
    return ceiling == smallerSide()
        ? "the weight's smaller side"
        : "the number of singular values sketched";
  }
}
