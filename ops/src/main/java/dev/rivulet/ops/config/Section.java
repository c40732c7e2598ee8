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
 * A mapping in a configuration file whose values are asked for one by one. What is wrong is noted
 * in the {@link Problems} and the fallback returned instead, so that one pass finds everything.
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
   * @param placeholder stands for it, so that the pass can go on
   */
  <T> T need(String key, Kind<T> kind, T placeholder, String purpose) {
    Optional<T> value = read(key, kind, "", purpose);
    if (!has(key)) {
      problems.missing(prefix + key, kind.allowed());
    }
    return value.orElse(placeholder);
  }

  /** Notes a value that is well-formed but does not fit. */
  void reject(String key, String allowed) {
    problems.wrong(prefix + key, node.path(key), allowed);
  }

  /**
   * Returns what a constructor makes of values of this section; nothing, and a problem noted, when
   * it refuses how they go together.
   */
  <T> Optional<T> build(Supplier<T> constructor) {
    try {
      return Optional.of(constructor.get());
    } catch (UsageException e) {
      problems.misfit(prefix, String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  /** Notes every key that is there but was never asked for. To be called last. */
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
    } catch (IllegalArgumentException | ArithmeticException e) {
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
