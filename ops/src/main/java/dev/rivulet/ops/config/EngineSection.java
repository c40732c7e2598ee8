package dev.rivulet.ops.config;

import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.fold.RoundingPolicy;
import dev.rivulet.trainer.model.MemoryMode;
import dev.rivulet.trainer.tensor.EngineConfig;
import dev.rivulet.trainer.tensor.Precision;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The section {@code engine}.
 *
 * @param base how the frozen weights are kept
 * @param rounding how they are rounded when a factor is sealed into them
 * @param memory what the forward pass keeps; empty for auto
 * @param config where and how the engine computes
 */
record EngineSection(
    BaseForm base, RoundingPolicy rounding, Optional<MemoryMode> memory, EngineConfig config) {
  private static final String AUTO = "auto";

  static EngineSection read(Section section) {
    BaseForm base =
        section.get(
            "base", Kind.choice(BaseForm.class), BaseForm.FP32, "how frozen weights are kept");
    RoundingPolicy rounding =
        section.get(
            "rounding",
            Kind.choice(RoundingPolicy.class),
            RoundingPolicy.NEAREST,
            "how they are rounded when a factor is sealed: stochastic keeps small updates");
    if (rounding == RoundingPolicy.STOCHASTIC && base == BaseForm.FP32) {
      section.reject("rounding", "nearest where engine.base is fp32, which is not rounded");
    }
    EngineSection engine =
        new EngineSection(
            base,
            rounding,
            orAuto(
                section,
                "memory",
                MemoryMode.class,
                AUTO,
                "lean recomputes activations, fast keeps them; auto: fast where that fits"),
            new EngineConfig(
                section.get("device", Kind.DEVICE, AUTO, "auto, cpu or gpu:N"),
                section.get(
                    "threads",
                    Kind.count(1, 1024),
                    Processors.cores(),
                    "threads of an operator; results are reproducible for a fixed number"),
                orAuto(
                    section,
                    "precision",
                    Precision.class,
                    Kind.spelling(Precision.FP32),
                    "type of the matrix products; auto: the faster one")));
    section.done();
    return engine;
  }

  /** Returns a choice that may be left to the program. */
  private static <E extends Enum<E>> Optional<E> orAuto(
      Section section, String key, Class<E> type, String fallback, String doc) {
    List<E> constants = Arrays.asList(type.getEnumConstants());
    List<String> names =
        Stream.concat(Stream.of(AUTO), constants.stream().map(Kind::spelling)).toList();
    String chosen = section.get(key, Kind.choice(names), fallback, doc);
    return constants.stream()
        .filter(constant -> Kind.spelling(constant).equals(chosen))
        .findFirst();
  }
}
