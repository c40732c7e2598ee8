package dev.rivulet.trainer.method;

import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/** The settings of a training method. The family is closed: adding a method extends this list. */
public sealed interface MethodConfig {

  /** Returns the name of the method, as configurations and records spell it. */
  default String name() {
    return this instanceof AdaRankGrad ? "adarankgrad" : "adamw";
  }

  /** Returns the settings by name, in the types of JSON. */
  Map<String, Object> settings();

  /**
   * AdamW on all weights: the baseline.
   *
   * @param beta1 decay of the first moment
   * @param beta2 decay of the second moment
   * @param epsilon added to the root of the second moment
   * @param weightDecay decoupled weight decay on the matrices that are trained
   */
  record AdamW(double beta1, double beta2, double epsilon, double weightDecay)
      implements MethodConfig {
    /** The field's usual settings. */
    public static final AdamW DEFAULT = new AdamW(0.9, 0.999, 1e-8, 0.0);

    @Override
    public Map<String, Object> settings() {
      return Map.of(
          "adamw.beta1", beta1,
          "adamw.beta2", beta2,
          "adamw.epsilon", epsilon,
          "adamw.weightDecay", weightDecay);
    }
  }

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
  record AdaRankGrad(
      AdamW adam,
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
    public static final AdaRankGrad DEFAULT =
        new AdaRankGrad(AdamW.DEFAULT, 0.9, 1, 32, 4.0, 100, 8, 1, 0.0, OptionalLong.empty());

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
  }
}
