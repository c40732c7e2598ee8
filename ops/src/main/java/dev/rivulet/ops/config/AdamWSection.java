package dev.rivulet.ops.config;

import dev.rivulet.trainer.method.AdamWConfig;

/** The section {@code adamw}. */
final class AdamWSection {
  private AdamWSection() {}

  static AdamWConfig read(Section section) {
    AdamWConfig defaults = AdamWConfig.DEFAULT;
    AdamWConfig config =
        new AdamWConfig(
            section.get("beta1", Kind.BELOW_ONE, defaults.beta1(), "decay of the first moment"),
            section.get("beta2", Kind.BELOW_ONE, defaults.beta2(), "decay of the second moment"),
            section.get("epsilon", Kind.POSITIVE, defaults.epsilon(), "added to the moment's root"),
            section.get(
                "weightDecay",
                Kind.NOT_NEGATIVE,
                defaults.weightDecay(),
                "decoupled weight decay on matrices"));
    section.done();
    return config;
  }
}
