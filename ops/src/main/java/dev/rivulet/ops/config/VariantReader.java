package dev.rivulet.ops.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.rivulet.ops.config.Variants.Request;
import dev.rivulet.ops.config.Variants.Variant;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.topic.RunKey;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The reader of {@link Variants}: merges, binds, and gathers what is wrong with any of them. */
final class VariantReader {
  private static final String VARIANTS = "variants";
  private static final List<String> SHARED =
      List.of("run", "kafka", "model", "data", "monitor", "status", "train.seed", "train.steps");
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final ConfigFile base;
  private final Optional<ConfigFile> file;
  private final Request request;

  /** The names of the variants that have a problem, by problem; an empty name for none of them. */
  private final Map<String, Set<String>> problems = new LinkedHashMap<>();

  /**
   * Makes a reader.
   *
   * @param file the variants' file, if there is one
   */
  VariantReader(ConfigFile base, Optional<ConfigFile> file, Request request) {
    this.base = base;
    this.file = file;
    this.request = request;
  }

  /**
   * Returns the variants.
   *
   * @throws ConfigException when there are problems
   */
  Variants read() {
    requireVariantsOnly();
    Set<String> names = new LinkedHashSet<>(request.names().isEmpty() ? known() : request.names());
    if (names.isEmpty()) {
      note("", "no variants: name methods, or variants of a file");
    }
    List<Variant> all = new ArrayList<>();
    for (long seed : new LinkedHashSet<>(request.seeds())) {
      for (String name : names) {
        bind(name, seed).ifPresent(all::add);
      }
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(files(), problems(names));
    }
    return new Variants(base.tree().at("run").asText(""), List.copyOf(all));
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
    file.ifPresent(
        overlays ->
            overlays.tree().section(VARIANTS).root().fieldNames().forEachRemaining(names::add));
    return names;
  }

  private Optional<Variant> bind(String name, long seed) {
    Path folder = RunConfig.folder(base.path());
    ConfigTree tree = common(base.namedTree().with(overlay(name)), name, seed);
    Problems found = new Problems(tree.places());
    Optional<RunConfig> config = RunConfig.bind(tree.root(), folder, found);
    if (config.isPresent() && config.get().packer().follow()) {
      found.misplaced("data.follow", "a comparison needs batches that come to an end");
    }
    found.all().forEach(problem -> note(name, problem + hint(name, problem)));
    return config.map(
        bound -> new Variant(name, seed, bound, standalone(tree, found.keys(), folder)));
  }

  /** Returns the overlay of a variant; what it cannot change is noted and left out. */
  private ConfigTree overlay(String name) {
    try {
      RunKey.requireValid("variant", name);
    } catch (UsageException e) {
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
  private ConfigTree common(ConfigTree variant, String name, long seed) {
    String run = variant.at("run").asText("");
    String stream = variant.at("data.stream").asText(run);
    ConfigTree tree = variant.with("train.seed", NODES.numberNode(seed));
    if (request.steps() != null) {
      tree = tree.with("train.steps", NODES.numberNode(request.steps()));
    }
    if (request.ownSource() && tree.at("data.source").asText("").isEmpty()) {
      tree = tree.with("data.source", NODES.textNode(run));
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

  private List<String> problems(Set<String> names) {
    List<String> lines = new ArrayList<>();
    problems.forEach(
        (problem, who) -> {
          if (who.contains("")) {
            lines.add(problem);
          } else if (who.size() > 1 && who.size() == names.size()) {
            lines.add("all variants: " + problem);
          } else {
            lines.add(
                (who.size() == 1 ? "variant " : "variants ")
                    + String.join(", ", who)
                    + ": "
                    + problem);
          }
        });
    return lines;
  }

  private String files() {
    return file.map(more -> base.path() + ", " + more.path()).orElse(base.path().toString());
  }
}
