package dev.rivulet.trainer.method;

import java.util.Map;

/** The settings of a training method. The family is closed: adding a method extends this list. */
public sealed interface MethodConfig permits AdaRankGradConfig, AdamWConfig, LozoConfig {

  /** Returns the name of the method, as configurations and records spell it. */
  String name();

  /** Returns the settings by name, in the types of JSON: what the run's result depends on. */
  Map<String, Object> settings();
}
