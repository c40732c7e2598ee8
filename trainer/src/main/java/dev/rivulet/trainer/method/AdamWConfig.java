package dev.rivulet.trainer.method;

import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.trainer.estimate.BackwardMemory;
import dev.rivulet.trainer.estimate.MemoryEstimate;
import dev.rivulet.trainer.estimate.MemoryPlan;
import dev.rivulet.trainer.estimate.MultiplyAdds;
import java.util.List;
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

  @Override
  public Method start(MethodContext context) {
    return AdamW.onAll(this, context);
  }

  @Override
  public MemoryEstimate memory(MemoryPlan plan) {
    return BackwardMemory.wholeWeights(plan).estimate(plan);
  }

  @Override
  public long multiplyAdds(MultiplyAdds step) {
    return step.wholeWeights();
  }

  @Override
  public List<BaseForm> bases() {
    return List.of(BaseForm.FP32);
  }
}
