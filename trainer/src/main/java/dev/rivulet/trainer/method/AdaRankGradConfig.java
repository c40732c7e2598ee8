package dev.rivulet.trainer.method;

import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.record.RankPolicy;
import dev.rivulet.trainer.estimate.BackwardMemory;
import dev.rivulet.trainer.estimate.MemoryEstimate;
import dev.rivulet.trainer.estimate.MemoryPlan;
import dev.rivulet.trainer.estimate.MultiplyAdds;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * AdaRankGrad (arXiv 2410.17881): low-rank gradient projection whose rank follows the gradient's
 * spectrum. With one rank, a fixed period, and moments that are kept it is GaLore (arXiv
 * 2403.03507).
 *
 * @param adam settings of Adam in the subspace, and of AdamW for the tensors trained whole
 * @param energyShare share of the gradient's energy that the rank must capture, in (0, 1]
 * @param minRank smallest rank
 * @param maxRank largest rank, also the number of singular values that are published
 * @param scale scale of the overlay (alpha)
 * @param refresh when the bases are refreshed
 * @param oversampling extra columns of the range finder
 * @param powerIterations power iterations of the range finder
 * @param warmStart whether the range finder starts from the basis in force, which takes the place
 *     of one power iteration
 * @param hysteresis relative change of rank below which a shrinking rank stays as it is
 * @param budgetBytes bytes that bases, factors and moments of all layers may take together
 * @param moments what becomes of Adam's moments at a refresh
 * @param residual what becomes of the part of the gradient that the basis does not reach
 */
public record AdaRankGradConfig(
    AdamWConfig adam,
    double energyShare,
    int minRank,
    int maxRank,
    double scale,
    RefreshRule refresh,
    int oversampling,
    int powerIterations,
    boolean warmStart,
    double hysteresis,
    OptionalLong budgetBytes,
    MomentPolicy moments,
    ResidualPolicy residual)
    implements MethodConfig {
  /** Settings that suit fine-tuning of small encoders. */
  public static final AdaRankGradConfig DEFAULT = adaptive(0.9, 1, 32, 4.0, 100);

  /**
   * Checks how the settings go together.
   *
   * @throws UsageException when moments are kept as they are and the rank may change
   */
  public AdaRankGradConfig {
    if (moments == MomentPolicy.KEEP && minRank != maxRank) {
      throw new UsageException(
          "moments that are kept as they are need one rank: minRank is %d, maxRank is %d"
              .formatted(minRank, maxRank));
    }
  }

  /** Returns AdaRankGrad with a fixed period and default settings otherwise. */
  public static AdaRankGradConfig adaptive(
      double energyShare, int minRank, int maxRank, double scale, int refreshEvery) {
    return new AdaRankGradConfig(
        AdamWConfig.DEFAULT,
        energyShare,
        minRank,
        maxRank,
        scale,
        RefreshRule.every(refreshEvery),
        8,
        1,
        true,
        0.0,
        OptionalLong.empty(),
        MomentPolicy.TRANSPORT,
        ResidualPolicy.NONE);
  }

  @Override
  public String name() {
    return "adarankgrad";
  }

  @Override
  public Map<String, Object> settings() {
    Map<String, Object> settings = new TreeMap<>(adam.settings());
    settings.put("adarankgrad.energyShare", energyShare);
    settings.put("adarankgrad.minRank", minRank);
    settings.put("adarankgrad.maxRank", maxRank);
    settings.put("adarankgrad.scale", scale);
    settings.putAll(refresh.settings("adarankgrad."));
    settings.put("adarankgrad.oversampling", oversampling);
    settings.put("adarankgrad.powerIterations", powerIterations);
    settings.put("adarankgrad.warmStart", warmStart);
    settings.put("adarankgrad.hysteresis", hysteresis);
    settings.put("adarankgrad.moments", moments.name());
    if (residual != ResidualPolicy.NONE) {
      settings.put("adarankgrad.residual", residual.name());
    }
    budgetBytes.ifPresent(bytes -> settings.put("adarankgrad.budget", bytes));
    return settings;
  }

  @Override
  public Optional<RankPolicy> rankPolicy() {
    return Optional.of(
        new RankPolicy(
            energyShare,
            minRank,
            maxRank,
            hysteresis,
            budgetBytes.isPresent() ? budgetBytes.getAsLong() : null));
  }

  @Override
  public Method start(MethodContext context) {
    return AdaRankGrad.start(this, context);
  }

  @Override
  public MemoryEstimate memory(MemoryPlan plan) {
    BackwardMemory memory = BackwardMemory.oneFactor(plan, maxRank, oversampling);
    return (residual == ResidualPolicy.FIRA ? memory.withFullGradients(plan) : memory)
        .estimate(plan);
  }

  @Override
  public long multiplyAdds(MultiplyAdds step) {
    return step.overlays(maxRank, 1);
  }

  /** The residual changes the weights a little at every step, which only float32 preserves. */
  @Override
  public Optional<String> rejects(BaseForm base) {
    return residual == ResidualPolicy.FIRA && base != BaseForm.FP32
        ? Optional.of("fp32 where adarankgrad.residual is fira")
        : Optional.empty();
  }
}
