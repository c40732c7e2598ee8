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

  private final Map<String, String> places;
  private final List<String> problems = new ArrayList<>();
  private final List<Key> keys = new ArrayList<>();

  /**
   * Starts with no problem.
   *
   * @param places where a key was written, such as {@code line 6}, by key
   */
  Problems(Map<String, String> places) {
    this.places = places;
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
    problems.add("%s: %s%s must be %s".formatted(key, value, place(key), allowed));
  }

  void misfit(String prefix, String reason) {
    problems.add(prefix.replaceFirst("[.]$", ": ") + reason);
  }

  void unknown(String prefix, String key, Collection<String> known) {
    String nearest =
        known.stream().max(Comparator.comparingDouble(name -> similarity(name, key))).orElse("");
    problems.add(
        "%s%s: unknown key%s, did you mean %s%s? (known here: %s)"
            .formatted(
                prefix, key, place(prefix + key), prefix, nearest, String.join(", ", known)));
  }

  /** Notes a key that does not belong where it was written. */
  void misplaced(String key, String reason) {
    problems.add("%s%s: %s".formatted(key, place(key), reason));
  }

  /** Returns what was found so far. */
  List<String> all() {
    return List.copyOf(problems);
  }

  void throwIfAny(Path file) {
    if (!problems.isEmpty()) {
      throw new ConfigException(file, problems);
    }
  }

  private String place(String key) {
    String place = places.get(key);
    return place == null ? "" : " (%s)".formatted(place);
  }

  private static double similarity(String left, String right) {
    return SIMILARITY.apply(left.toLowerCase(Locale.ROOT), right.toLowerCase(Locale.ROOT));
  }
}
