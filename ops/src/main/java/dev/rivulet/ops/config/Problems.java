package dev.rivulet.ops.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.commons.text.similarity.JaroWinklerSimilarity;

/** What is wrong with a configuration file, gathered in one pass, and the keys it may hold. */
final class Problems {
  private static final JaroWinklerSimilarity SIMILARITY = new JaroWinklerSimilarity();

  private final Map<String, Integer> lines;
  private final List<String> problems = new ArrayList<>();
  private final List<Key> keys = new ArrayList<>();

  /**
   * Starts with no problem.
   *
   * @param lines line in the file, from 1, by key
   */
  Problems(Map<String, Integer> lines) {
    this.lines = lines;
  }

  void know(Key key) {
    keys.add(key);
  }

  List<Key> keys() {
    return List.copyOf(keys);
  }

  void missing(String key, String allowed) {
    problems.add("%s is missing: must be %s".formatted(key, allowed));
  }

  void wrong(String key, JsonNode value, String allowed) {
    problems.add("%s: %s%s must be %s".formatted(key, value, line(key), allowed));
  }

  void misfit(String prefix, String reason) {
    problems.add(prefix.replaceFirst("[.]$", ": ") + reason);
  }

  void unknown(String prefix, String key, Collection<String> known) {
    String nearest =
        known.stream().max(Comparator.comparingDouble(name -> similarity(name, key))).orElse("");
    problems.add(
        "%s%s: unknown key%s, did you mean %s%s? (known here: %s)"
            .formatted(prefix, key, line(prefix + key), prefix, nearest, String.join(", ", known)));
  }

  void throwIfAny(Path file) {
    if (!problems.isEmpty()) {
      throw new ConfigException(file, problems);
    }
  }

  private String line(String key) {
    Integer line = lines.get(key);
    return line == null ? "" : " (line %d)".formatted(line);
  }

  private static double similarity(String left, String right) {
    return SIMILARITY.apply(left.toLowerCase(Locale.ROOT), right.toLowerCase(Locale.ROOT));
  }
}
