package dev.rivulet.ops.config;

import dev.rivulet.trainer.method.AdamWConfig;
import dev.rivulet.trainer.method.LoqtConfig;
import dev.rivulet.trainer.method.MomentPolicy;
import java.util.OptionalInt;

/** The section {@code loqt}. */
final class LoqtSection {
  private LoqtSection() {}

  static LoqtConfig read(Section section, AdamWConfig adam) {
    LoqtConfig defaults = LoqtConfig.DEFAULT;
    LoqtConfig config =
        new LoqtConfig(
            adam,
            section.get("rank", Kind.count(1), defaults.rank(), "rank of every layer"),
            section.get("scale", Kind.POSITIVE, defaults.scale(), "scale of the overlay (s)"),
            section.get(
                "tau",
                Kind.count(1),
                defaults.tau(),
                "steps to the first merge; later gaps are tau + floor(psi^k)"),
            section.get(
                "psi", Kind.NOT_NEGATIVE, defaults.psi(), "how the gaps grow; 0 for equal ones"),
            section
                .find("maxGap", Kind.count(1), "most steps between merges")
                .map(OptionalInt::of)
                .orElse(OptionalInt.empty()),
            section.get(
                "compensation",
                Kind.count(0),
                defaults.compensation(),
                "iterations that make up for what rounding loses; 0 for none"),
            section.get(
                "quantizeBasis",
                Kind.FLAG,
                defaults.quantizeBasis(),
                "round the basis to NF4 too, where engine.base is nf4"),
            section.get(
                "moments",
                Kind.choice(MomentPolicy.class),
                defaults.moments(),
                "what becomes of Adam's moments at a merge"),
            section.get(
                "oversampling",
                Kind.count(0),
                defaults.oversampling(),
                "extra columns of the range finder"),
            section.get(
                "powerIterations",
                Kind.count(0),
                defaults.powerIterations(),
                "power iterations of the range finder"));
    section.done();
    return config;
  }
}
