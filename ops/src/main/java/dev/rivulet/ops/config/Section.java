package dev.rivulet.ops.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.rivulet.schemas.failure.UsageException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * A mapping in a configuration file whose values are asked for one by one. A mistake is recorded in
 * the {@link Problems} and the fallback is returned, so that one pass finds every mistake.
 */
final class Section {
  private final String prefix;
  private final JsonNode node;
  private final Problems problems;
  private final Set<String> asked = new LinkedHashSet<>();

  Section(String prefix, JsonNode node, Problems problems) {
    this.prefix = prefix;
    this.node = node;
    this.problems = problems;
  }

  /** Returns a section within this one; an empty one when it is absent. */
  Section section(String key) {
    asked.add(key);
    JsonNode child = node.path(key);
    if (!child.isObject()) {
      if (!absent(child)) {
        problems.wrong(prefix + key, child, "a section of keys and values");
      }
      child = JsonNodeFactory.instance.objectNode();
    }
    return new Section(prefix + key + ".", child, problems);
  }

  boolean has(String key) {
    return !absent(node.path(key));
  }

  /** Returns the value of a key, or the fallback when it is absent. */
  <T> T get(String key, Kind<T> kind, T fallback, String purpose) {
    return read(key, kind, spelling(fallback), purpose).orElse(fallback);
  }

  /** Returns the value of a key, if it is there. */
  <T> Optional<T> find(String key, Kind<T> kind, String purpose) {
    return read(key, kind, "", purpose);
  }

  /**
   * Returns the value of a key that must be there.
   *
   * @param placeholder the value with which the pass continues when there is none
   */
  <T> T need(String key, Kind<T> kind, T placeholder, String purpose) {
    Optional<T> value = read(key, kind, "", purpose);
    if (!has(key)) {
      problems.missing(prefix + key, kind.allowed());
    }
    return value.orElse(placeholder);
  }

  /** Records that a value is well-formed but not allowed. */
  void reject(String key, String allowed) {
    problems.wrong(prefix + key, node.path(key), allowed);
  }

  /**
   * Returns what a constructor creates from values of this section. When it rejects their
   * combination, records a problem and returns nothing.
   */
  <T> Optional<T> build(Supplier<T> constructor) {
    try {
      return Optional.of(constructor.get());
    } catch (UsageException e) {
      problems.misfit(prefix, String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  /** Records every unknown key. Call this after all keys have been read. */
  void done() {
    for (String key : (Iterable<String>) node::fieldNames) {
      if (!asked.contains(key)) {
        problems.unknown(prefix, key, asked);
      }
    }
  }

  private <T> Optional<T> read(String key, Kind<T> kind, String fallback, String purpose) {
    asked.add(key);
    problems.know(new Key(prefix + key, fallback, kind.allowed(), purpose));
    JsonNode value = node.path(key);
    if (absent(value)) {
      return Optional.empty();
    }
    Optional<T> parsed;
    try {
      parsed = Optional.ofNullable(kind.parse().apply(value));
    } catch (UsageException | IllegalArgumentException | ArithmeticException e) {
      parsed = Optional.empty();
    }
    if (parsed.isEmpty()) {
      problems.wrong(prefix + key, value, kind.allowed());
    }
    return parsed;
  }

  private static boolean absent(JsonNode value) {
    return value.isMissingNode() || value.isNull();
  }

  private static String spelling(Object value) {
    if (value instanceof Enum<?> constant) {
      return Kind.spelling(constant);
    } else if (value instanceof Duration duration) {
      return duration.toMillis() % 1000 == 0
          ? duration.toSeconds() + "s"
          : duration.toMillis() + "ms";
    } else if (value instanceof Double number) {
      return BigDecimal.valueOf(number).stripTrailingZeros().toString();
    } else if (value instanceof List<?> list) {
      return list.stream().map(Section::spelling).collect(Collectors.joining(", ", "[", "]"));
    }
    return value.toString();
  }
}
