package dev.rivulet.ops.config;

import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.trainer.method.AdamWConfig;
import dev.rivulet.trainer.method.LoraConfig;
import dev.rivulet.trainer.method.LoraScaling;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The section {@code lora}. */
final class LoraSection {
  private LoraSection() {}

  /**
   * Reads the section, and the rank pattern that it names.
   *
   * @param folder where relative paths start
   */
  static LoraConfig read(Section section, AdamWConfig adam, Path folder) {
    LoraConfig defaults = LoraConfig.DEFAULT;
    int rank = section.get("rank", Kind.count(1), defaults.rank(), "rank of every layer");
    Optional<Path> pattern =
        section.find(
            "rankPattern",
            Kind.path(folder),
            "JSON file of a rank for each layer, as `ranks predict` writes it; absent: lora.rank");
    if (pattern.isPresent() && section.has("rank")) {
      section.reject("rank", "absent where lora.rankPattern gives the ranks");
    }
    LoraConfig config =
        new LoraConfig(
            adam,
            rank,
            section.get(
                "alpha", Kind.POSITIVE, defaults.alpha(), "what the overlays' scales are made of"),
            section.get(
                "scaling",
                Kind.choice(LoraScaling.class),
                defaults.scaling(),
                "what alpha is divided by: the layer's rank, the mean rank, or its rank's root"),
            pattern.map(file -> ranks(section, file)).orElse(Map.of()),
            section.get(
                "targets",
                Kind.listOf(Kind.TEXT),
                List.of(),
                "kinds of the layers that get an overlay; empty for all"));
    section.done();
    return config;
  }

  private static Map<String, Integer> ranks(Section section, Path file) {
    String reason;
    try {
      return RankPatternFile.read(file);
    } catch (NoSuchFileException e) {
      reason = "there is none";
    } catch (IOException | UsageException e) {
      reason = String.valueOf(e.getMessage());
    }
    section.reject("rankPattern", "a file of ranks by layer, but %s: %s".formatted(file, reason));
    return Map.of();
  }
}
