package dev.rivulet.ops.config;

import dev.rivulet.trainer.method.AdaRankGradConfig;
import dev.rivulet.trainer.method.AdamWConfig;
import dev.rivulet.trainer.method.MomentPolicy;
import dev.rivulet.trainer.method.RefreshRule;
import dev.rivulet.trainer.method.ResidualPolicy;
import java.util.Optional;
import java.util.OptionalLong;

/** The section {@code adarankgrad}. */
final class AdaRankGradSection {
  private AdaRankGradSection() {}

  static AdaRankGradConfig read(Section section, AdamWConfig adam) {
    AdaRankGradConfig defaults = AdaRankGradConfig.DEFAULT;
    int minRank = section.get("minRank", Kind.count(1), defaults.minRank(), "smallest rank");
    int maxRank = section.get("maxRank", Kind.count(1), defaults.maxRank(), "largest rank");
    if (minRank > maxRank) {
      section.reject("minRank", "at most adarankgrad.maxRank, which is " + maxRank);
    }
    RefreshRule refresh = refreshRule(section, defaults.refresh());
    Optional<AdaRankGradConfig> config =
        section.build(
            () ->
                new AdaRankGradConfig(
                    adam,
                    section.get(
                        "energyShare",
                        Kind.SHARE,
                        defaults.energyShare(),
                        "share of the gradient's energy that the rank must capture"),
                    minRank,
                    maxRank,
                    section.get(
                        "scale", Kind.POSITIVE, defaults.scale(), "scale of the overlay (alpha)"),
                    refresh,
                    section.get(
                        "oversampling",
                        Kind.count(0),
                        defaults.oversampling(),
                        "extra columns of the range finder"),
                    section.get(
                        "powerIterations",
                        Kind.count(0),
                        defaults.powerIterations(),
                        "power iterations of the range finder"),
                    section.get(
                        "warmStart",
                        Kind.FLAG,
                        defaults.warmStart(),
                        "let the range finder start from the basis in force"),
                    section.get(
                        "hysteresis",
                        Kind.BELOW_ONE,
                        defaults.hysteresis(),
                        "relative fall of a rank below which it stays as it is"),
                    section
                        .find(
                            "budget",
                            Kind.BYTE_SIZE,
                            "bytes of bases, factors and moments together")
                        .map(OptionalLong::of)
                        .orElse(OptionalLong.empty()),
                    section.get(
                        "moments",
                        Kind.choice(MomentPolicy.class),
                        defaults.moments(),
                        "what becomes of Adam's moments at a refresh"),
                    section.get(
                        "residual",
                        Kind.choice(ResidualPolicy.class),
                        defaults.residual(),
                        "fira: what the basis does not reach goes into the weight, scaled")));
    section.done();
    return config.orElse(defaults);
  }

  private static RefreshRule refreshRule(Section section, RefreshRule defaults) {
    int every =
        section.get(
            "refreshEvery", Kind.count(1), defaults.every(), "most steps between refreshes");
    int earliest =
        section
            .find(
                "refreshEarliest",
                Kind.count(1),
                "least steps between refreshes, from where on the triggers act")
            .orElse(every);
    if (earliest > every) {
      section.reject("refreshEarliest", "at most adarankgrad.refreshEvery, which is " + every);
    }
    return new RefreshRule(
        every,
        earliest,
        section.get(
            "normShare",
            Kind.BELOW_ONE,
            defaults.normShare(),
            "refresh when the projected gradient has shrunk to this share; 0: never"),
        section.get(
            "residualExcess",
            Kind.BELOW_ONE,
            defaults.residualExcess(),
            "refresh when the energy outside the basis exceeds 1 - energyShare by this; 0: never"),
        section.get(
            "displacement",
            Kind.BELOW_ONE,
            defaults.displacement(),
            "refresh when steps cancel to this net displacement over path (Lotus); 0: never"));
  }
}
