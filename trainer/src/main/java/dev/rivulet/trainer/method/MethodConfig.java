package dev.rivulet.trainer.method;

import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.record.RankPolicy;
import dev.rivulet.trainer.estimate.MemoryEstimate;
import dev.rivulet.trainer.estimate.MemoryPlan;
import dev.rivulet.trainer.estimate.MultiplyAdds;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The settings of a training method, and all that differs from method to method before a model is
 * loaded. The family is sealed: a new method is a record that is added here, its section in a
 * configuration file, and its implementation.
 */
public sealed interface MethodConfig
    permits AdaRankGradConfig, AdamWConfig, LoqtConfig, LoraConfig, LozoConfig, ProbeConfig {

  /** Returns the name of the method, as configurations and records spell it. */
  String name();

  /** Returns the settings by name, as JSON types: what the result of a run depends on. */
  Map<String, Object> settings();

  /**
   * Starts the method on a model.
   *
   * @throws dev.rivulet.schemas.failure.UsageException when the settings do not fit the model; the
   *     message names every mismatch
   */
  Method start(MethodContext context);

  /** Estimates the memory of a training step. */
  MemoryEstimate memory(MemoryPlan plan);

  /**
   * Returns the multiply-adds of a training step that is not a refresh.
   *
   * @param step the model and the batch
   */
  long multiplyAdds(MultiplyAdds step);

  /**
   * Returns the policy by which the rank monitor decides ranks; empty when the method needs none.
   */
  default Optional<RankPolicy> rankPolicy() {
    return Optional.empty();
  }

  /** Returns the forms of the frozen weights for which an estimate of the method is useful. */
  default List<BaseForm> bases() {
    return List.of(BaseForm.values());
  }

  /**
   * Returns the reason why the method cannot train over frozen weights of a form, as the rest of
   * "engine.base must be"; empty when it can.
   */
  default Optional<String> rejects(BaseForm base) {
    return Optional.empty();
  }
}
