package dev.rivulet.trainer.method;

import dev.rivulet.schemas.record.RankPolicy;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * AdaRankGrad (arXiv 2410.17881): low-rank gradient projection whose rank follows the gradient's
 * spectrum.
 *
 * @param adam settings of Adam in the subspace, and of AdamW for the tensors trained whole
 * @param energyShare share of the gradient's energy that the rank must capture, in (0, 1]
 * @param minRank smallest rank
 * @param maxRank largest rank, also the number of singular values that are published
 * @param scale scale of the overlay (alpha)
 * @param refreshEvery steps between refreshes
 * @param oversampling extra columns of the range finder
 * @param powerIterations power iterations of the range finder
 * @param hysteresis relative change of rank below which a shrinking rank stays as it is
 * @param budgetBytes bytes that bases, factors and moments of all layers may take together
 */
public record AdaRankGradConfig(
    AdamWConfig adam,
    double energyShare,
    int minRank,
    int maxRank,
    double scale,
    int refreshEvery,
    int oversampling,
    int powerIterations,
    double hysteresis,
    OptionalLong budgetBytes)
    implements MethodConfig {
  /** Settings that suit fine-tuning of small encoders. */
  public static final AdaRankGradConfig DEFAULT =
      new AdaRankGradConfig(
          AdamWConfig.DEFAULT, 0.9, 1, 32, 4.0, 100, 8, 1, 0.0, OptionalLong.empty());

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
    settings.put("adarankgrad.refreshEvery", refreshEvery);
    settings.put("adarankgrad.oversampling", oversampling);
    settings.put("adarankgrad.powerIterations", powerIterations);
    settings.put("adarankgrad.hysteresis", hysteresis);
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
}
