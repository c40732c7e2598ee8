package dev.rivulet.trainer.method;

import java.util.Map;

/**
 * AdamW on all weights: the baseline. Other methods have these settings for what they train by
 * Adam.
 *
 * @param beta1 decay of the first moment
 * @param beta2 decay of the second moment
 * @param epsilon added to the root of the second moment
 * @param weightDecay decoupled weight decay on the matrices that are trained
 */
public record AdamWConfig(double beta1, double beta2, double epsilon, double weightDecay)
    implements MethodConfig {
  /** The defaults that the field uses. */
  public static final AdamWConfig DEFAULT = new AdamWConfig(0.9, 0.999, 1e-8, 0.0);

  @Override
  public String name() {
    return "adamw";
  }

  @Override
  public Map<String, Object> settings() {
    return Map.of(
        "adamw.beta1", beta1,
        "adamw.beta2", beta2,
        "adamw.epsilon", epsilon,
        "adamw.weightDecay", weightDecay);
  }
}
