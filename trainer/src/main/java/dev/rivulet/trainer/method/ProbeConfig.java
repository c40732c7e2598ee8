package dev.rivulet.trainer.method;

import dev.rivulet.trainer.estimate.BackwardMemory;
import dev.rivulet.trainer.estimate.MemoryEstimate;
import dev.rivulet.trainer.estimate.MemoryPlan;
import dev.rivulet.trainer.estimate.MultiplyAdds;
import java.util.Map;

/**
 * Linear probing: AdamW on a classifier's head, with all other parameters frozen. It measures the
 * base model's features, and trains the head from which zeroth-order methods start.
 *
 * @param adam settings of AdamW
 */
public record ProbeConfig(AdamWConfig adam) implements MethodConfig {
  /** The defaults that the field uses. */
  public static final ProbeConfig DEFAULT = new ProbeConfig(AdamWConfig.DEFAULT);

  @Override
  public String name() {
    return "probe";
  }

  @Override
  public Map<String, Object> settings() {
    return adam.settings();
  }

  @Override
  public Method start(MethodContext context) {
    return AdamW.onHead(this, context);
  }

  @Override
  public MemoryEstimate memory(MemoryPlan plan) {
    return BackwardMemory.head(plan).estimate(plan);
  }

  @Override
  public long multiplyAdds(MultiplyAdds step) {
    return step.headOnly();
  }
}
