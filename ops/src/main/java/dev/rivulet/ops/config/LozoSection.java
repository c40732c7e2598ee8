package dev.rivulet.ops.config;

import dev.rivulet.trainer.method.LozoConfig;

/** The section {@code lozo}. */
final class LozoSection {
  private LozoSection() {}

  static LozoConfig read(Section section) {
    LozoConfig defaults = LozoConfig.DEFAULT;
    int queries =
        section.get(
            "queries",
            Kind.count(0),
            defaults.queries(),
            "one-sided queries of a step; 0 for a central pair");
    boolean normalise =
        section.get(
            "normalise",
            Kind.FLAG,
            defaults.normalise(),
            "divide the queries' differences by their standard deviation");
    if (normalise && queries < 2) {
      section.reject("normalise", "false with fewer than 2 lozo.queries");
    }
    LozoConfig config =
        new LozoConfig(
            section.get("rank", Kind.count(1), defaults.rank(), "rank of the updates"),
            section.get(
                "redrawEvery", Kind.count(1), defaults.redrawEvery(), "updates between draws of V"),
            section.get(
                "epsilon",
                Kind.POSITIVE,
                defaults.epsilon(),
                "length of a probe along its direction"),
            section.get(
                "momentum",
                Kind.BELOW_ONE,
                defaults.momentum(),
                "decay of the momentum: 0 is LOZO, above 0 LOZO-M"),
            queries,
            normalise && queries >= 2);
    section.done();
    return config;
  }
}
