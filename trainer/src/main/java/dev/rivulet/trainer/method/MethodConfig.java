package dev.rivulet.trainer.method;

import dev.rivulet.schemas.record.RankPolicy;
import java.util.Map;
import java.util.Optional;

/** The settings of a training method. The family is closed: adding a method extends this list. */
public sealed interface MethodConfig
    permits AdaRankGradConfig, AdamWConfig, LoqtConfig, LoraConfig, LozoConfig, ProbeConfig {

  /** Returns the name of the method, as configurations and records spell it. */
  String name();

  /** Returns the settings by name, in the types of JSON: what the run's result depends on. */
  Map<String, Object> settings();

  /** Returns the policy that the method asks for ranks by; empty when it asks for none. */
  default Optional<RankPolicy> rankPolicy() {
    return Optional.empty();
  }
}
