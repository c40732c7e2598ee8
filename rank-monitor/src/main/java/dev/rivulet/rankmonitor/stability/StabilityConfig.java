package dev.rivulet.rankmonitor.stability;

import java.util.List;

/**
 * The settings of the stability watch.
 *
 * @param nonFinite the rule against losses and gradients that are not finite
 * @param lossSpike the rule against loss spikes
 * @param stableAfter steps without an alarm after which a checkpoint is worth rolling back to
 * @param learningRateScale factor on the learning rate at each rollback but the first
 * @param maxRollbacks rollbacks of one run, after which it is stopped instead
 */
public record StabilityConfig(
    NonFinite nonFinite,
    LossSpike lossSpike,
    int stableAfter,
    double learningRateScale,
    int maxRollbacks) {
  public static final StabilityConfig DEFAULT =
      new StabilityConfig(NonFinite.DEFAULT, LossSpike.DEFAULT, 20, 0.5, 5);

  public StabilityConfig {
    Require.that(stableAfter >= 0, "stableAfter", stableAfter, "0 or more");
    Require.that(
        learningRateScale > 0 && learningRateScale <= 1,
        "learningRateScale",
        learningRateScale,
        "more than 0, at most 1");
    Require.that(maxRollbacks >= 0, "maxRollbacks", maxRollbacks, "0 or more");
  }

  /** Returns the rules that are on, the most urgent first. */
  List<StabilityRule> rules() {
    return List.<StabilityRule>of(nonFinite, lossSpike).stream()
        .filter(StabilityRule::enabled)
        .toList();
  }
}
