package dev.rivulet.ops.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.rivulet.schemas.topic.RunKey;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The configurations that a comparison sets side by side: one base file, and for each variant an
 * overlay that is merged into it, key by key. The overlays come from a file of their own:
 *
 * <pre>{@code
 * variants:
 *   adamw: {train: {method: adamw, learningRate: 5e-5}}
 *   rank-8: {adarankgrad: {minRank: 8, maxRank: 8}}
 * }</pre>
 *
 * A name that the file does not have is that of a method, and sets {@code train.method}.
 */
public final class Variants {
  private static final String VARIANTS = "variants";
  private static final List<String> SHARED =
      List.of(
          "run", "kafka", "model", "data", "monitor", "status", "train.seed",
          "train.steps");
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  /**
   * One run of a comparison.
   *
   * @param name of the variant
   * @param seed seed of the run and of the packing
   * @param config its configuration; the run is named {@code RUN-NAME-sSEED}, and its stream of
   *     batches {@code STREAM-sSEED}, the same for all variants
   * @param yaml the same as a file, whose paths are absolute, without the sections {@code kafka}
   *     and {@code status}
   */
  public record Variant(String name, long seed, RunConfig config, String yaml) {}

  /**
   * What all variants have in common, and the base file leaves open or says otherwise.
   *
   * @param names the variants, in order; empty for all of the file
   * @param seeds the seeds, in order
   * @param steps optimizer steps; null for those of the base file
   * @param source source of the samples; null for that of the base file
   */
  public record Request(
      List<String> names, List<Long> seeds, @Nullable Long steps, @Nullable String source) {}

  private final ConfigFile base;
  private final Optional<ConfigFile> file;
  private final Map<String, Set<String>> problems = new LinkedHashMap<>();

  private Variants(ConfigFile base, Optional<ConfigFile> file) {
    this.base = base;
    this.file = file;
  }

  /**
   * Reads the files and returns the runs: all variants of the first seed, then of the next.
   *
   * @param overlays the variants' file, if there is one
   * @throws ConfigException when something is wrong with any of the configurations: the message
   *     lists all problems, each with the variant and the key
   * @throws UncheckedIOException when a file cannot be read
   */
  public static List<Variant> load(Path base, Optional<Path> overlays, Request request) {
    Variants variants = new Variants(ConfigFile.read(base), overlays.map(ConfigFile::read));
    return variants.all(request);
  }

  private List<Variant> all(Request request) {
    requireVariantsOnly();
    Set<String> names = new LinkedHashSet<>(request.names.isEmpty() ? known() : request.names);
    if (names.isEmpty()) {
      note("", "no variants: name methods, or variants of a file");
    }
    List<Variant> all = new ArrayList<>();
    for (long seed : new LinkedHashSet<>(request.seeds)) {
      for (String name : names) {
        bind(name, seed, request).ifPresent(all::add);
      }
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(files(), told(names));
    }
    return all;
  }

  private void requireVariantsOnly() {
    file.map(ConfigFile::namedTree)
        .ifPresent(
            tree -> {
              Problems found = new Problems(tree.places());
              Section section = new Section("", tree.root(), found);
              Section variants = section.section(VARIANTS);
              known().forEach(name -> variants.section(name));
              section.done();
              found.all().forEach(problem -> note("", problem));
            });
  }

  private List<String> known() {
    List<String> names = new ArrayList<>();
    file.ifPresent(it -> it.tree().section(VARIANTS).root().fieldNames().forEachRemaining(names::add));
    return names;
  }

  private Optional<Variant> bind(String name, long seed, Request request) {
    Path folder = RunConfig.folder(base.path());
    ConfigTree tree = common(base.namedTree().with(overlay(name)), name, seed, request);
    Problems found = new Problems(tree.places());
    Optional<RunConfig> config = RunConfig.bind(tree.root(), folder, found);
    if (config.isPresent() && config.get().packer().follow()) {
      found.misplaced("data.follow", "a comparison needs batches that come to an end");
    }
    found.all().forEach(problem -> note(name, problem + hint(name, problem)));
    return config.map(it -> new Variant(name, seed, it, standalone(tree, found.keys(), folder)));
  }

  /** Returns the overlay of a variant; what it cannot change is noted and left out. */
  private ConfigTree overlay(String name) {
    try {
      RunKey.requireValid("variant", name);
    } catch (IllegalArgumentException e) {
      note("", String.valueOf(e.getMessage()));
    }
    if (!known().contains(name)) {
      return ConfigTree.EMPTY.with("train.method", NODES.textNode(name));
    }
    ConfigTree overlay = file.orElseThrow().namedTree().section(VARIANTS, name);
    Problems found = new Problems(overlay.places());
    for (String key : SHARED) {
      if (!overlay.at(key).isMissingNode()) {
        found.misplaced(key, "all variants have it in common, so that one cannot change it");
        overlay = overlay.without(key);
      }
    }
    found.all().forEach(problem -> note(name, problem));
    return overlay;
  }

  /** Returns a variant's configuration with what the comparison sets. */
  private static ConfigTree common(ConfigTree variant, String name, long seed, Request request) {
    String run = variant.at("run").asText();
    String stream = variant.at("data.stream").asText(run);
    ConfigTree tree = variant.with("train.seed", NODES.numberNode(seed));
    if (request.steps != null) {
      tree = tree.with("train.steps", NODES.numberNode(request.steps));
    }
    if (request.source != null) {
      tree = tree.with("data.source", NODES.textNode(request.source));
    }
    return run.isEmpty()
        ? tree
        : tree.with("run", NODES.textNode("%s-%s-s%d".formatted(run, name, seed)))
            .with("data.stream", NODES.textNode("%s-s%d".formatted(stream, seed)));
  }

  private static String standalone(ConfigTree tree, List<Key> keys, Path folder) {
    ConfigTree standalone = tree.without("kafka").without("status");
    for (Key key : keys) {
      JsonNode value = standalone.at(key.name());
      if (key.allowed().equals(Kind.PATH) && value.isTextual()) {
        Path path = folder.resolve(value.textValue()).toAbsolutePath().normalize();
        standalone = standalone.with(key.name(), NODES.textNode(path.toString()));
      }
    }
    return standalone.yaml();
  }

  private String hint(String name, String problem) {
    return file.isPresent() && !known().contains(name) && problem.startsWith("train.method:")
        ? "; no variant of %s has that name (it has: %s)"
            .formatted(file.get().path().getFileName(), String.join(", ", known()))
        : "";
  }

  private void note(String variant, String problem) {
    problems.computeIfAbsent(problem, key -> new LinkedHashSet<>()).add(variant);
  }

  private List<String> told(Set<String> names) {
    List<String> told = new ArrayList<>();
    problems.forEach(
        (problem, who) -> {
          if (who.contains("")) {
            told.add(problem);
          } else if (who.size() > 1 && who.size() == names.size()) {
            told.add("all variants: " + problem);
          } else {
            told.add(
                (who.size() == 1 ? "variant " : "variants ")
                    + String.join(", ", who)
                    + ": "
                    + problem);
          }
        });
    return told;
  }

  private String files() {
    return file.map(it -> base.path() + ", " + it.path()).orElse(base.path().toString());
  }
}
