package dev.rivulet.ops.config;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rivulet.schemas.topic.RunKey;
import dev.rivulet.trainer.tensor.EngineConfig;
import java.math.BigDecimal;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.DoublePredicate;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collector;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A kind of configuration value: what is allowed, for people, and how it is read.
 *
 * @param allowed completes "must be ..."
 * @param parse returns the value of a node; null, or any {@link IllegalArgumentException}, when the
 *     node is not of this kind
 */
record Kind<T>(String allowed, Function<JsonNode, @Nullable T> parse) {
  private static final Pattern QUANTITY = Pattern.compile("([0-9.]+)\\s*([A-Za-z]+)");
  private static final Map<String, Double> SECONDS =
      Map.of("ms", 1e-3, "s", 1.0, "m", 60.0, "h", 3600.0, "d", 86400.0);
  private static final Map<String, Double> BYTES =
      Map.of(
          "B", 1.0, "KB", 1e3, "MB", 1e6, "GB", 1e9, "TB", 1e12, "KIB", 0x1p10, "MIB", 0x1p20,
          "GIB", 0x1p30);

  /** What is allowed where a {@link #path} is. */
  static final String PATH = "a path";

  static final Kind<Boolean> FLAG =
      new Kind<>("true or false", node -> node.isBoolean() ? node.booleanValue() : null);

  static final Kind<String> TEXT =
      new Kind<>(
          "a text", node -> node.isValueNode() && !node.asText().isBlank() ? text(node) : null);

  /** A name that record keys may begin with: of a run, a stream or a source. */
  static final Kind<String> NAME =
      new Kind<>(
          "1 to 100 letters, digits, dots, dashes and underscores",
          node -> RunKey.requireValid(text(node)));

  static final Kind<String> DEVICE =
      new Kind<>(
          "auto, cpu or gpu:N", node -> EngineConfig.isDevice(text(node)) ? text(node) : null);

  static final Kind<Double> POSITIVE = real("a number above 0", value -> value > 0);

  static final Kind<Double> NOT_NEGATIVE = real("a number of at least 0", value -> value >= 0);

  static final Kind<Double> BELOW_ONE =
      real("a number in [0, 1)", value -> value >= 0 && value < 1);

  static final Kind<Double> SHARE = real("a number in (0, 1]", value -> value > 0 && value <= 1);

  static final Kind<Duration> DURATION =
      new Kind<>(
          "a duration above 0, such as 500ms, 60s or 5m",
          node -> {
            long millis = Math.round(1e3 * quantity(node, SECONDS, text -> text));
            return millis > 0 ? Duration.ofMillis(millis) : null;
          });

  static final Kind<Long> BYTE_SIZE =
      new Kind<>(
          "a size above 0, such as 64MB or 1GiB",
          node -> {
            long bytes = Math.round(quantity(node, BYTES, text -> text.toUpperCase(Locale.ROOT)));
            return bytes > 0 ? bytes : null;
          });

  static final Kind<Integer> PORT = count(0, 65_535);

  static Kind<Long> whole(long min) {
    return new Kind<>(
        min == Long.MIN_VALUE ? "a whole number" : "a whole number of at least " + min,
        node -> {
          long value = number(node).longValueExact();
          return value >= min ? value : null;
        });
  }

  static Kind<Integer> count(int min) {
    return count(min, Integer.MAX_VALUE);
  }

  static Kind<Integer> count(int min, int max) {
    return new Kind<>(
        max == Integer.MAX_VALUE
            ? "a whole number of at least " + min
            : "a whole number from %d to %d".formatted(min, max),
        node -> {
          int value = number(node).intValueExact();
          return value >= min && value <= max ? value : null;
        });
  }

  static Kind<Double> real(String allowed, DoublePredicate range) {
    return new Kind<>(
        allowed,
        node -> {
          double value = number(node).doubleValue();
          return range.test(value) && Double.isFinite(value) ? value : null;
        });
  }

  /** A constant of an enum, spelled in lower case with dashes. */
  static <E extends Enum<E>> Kind<E> choice(Class<E> type) {
    Map<String, E> constants =
        Stream.of(type.getEnumConstants()).collect(Collectors.toMap(Kind::spelling, e -> e));
    String allowed = Stream.of(type.getEnumConstants()).map(Kind::spelling).collect(joined());
    return new Kind<>("one of " + allowed, node -> constants.get(text(node)));
  }

  static Kind<String> choice(List<String> names) {
    return new Kind<>(
        "one of " + names.stream().collect(joined()),
        node -> names.contains(text(node)) ? text(node) : null);
  }

  /** A path; one that is not absolute starts from the folder given. */
  static Kind<Path> path(Path folder) {
    return new Kind<>(
        PATH,
        node -> {
          try {
            return node.isTextual() ? folder.resolve(node.textValue()).normalize() : null;
          } catch (InvalidPathException e) {
            return null;
          }
        });
  }

  static <T> Kind<List<T>> listOf(Kind<T> element) {
    return new Kind<>(
        "a list, each element " + element.allowed,
        node -> {
          List<T> values = new ArrayList<>();
          for (JsonNode child : node) {
            T value = element.parse.apply(child);
            if (value == null) {
              return null;
            }
            values.add(value);
          }
          return node.isArray() ? List.copyOf(values) : null;
        });
  }

  static String spelling(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static String text(JsonNode node) {
    return node.asText().strip();
  }

  /** Returns a number, which YAML 1.1 takes for a text when it is spelled 1e-4. */
  private static BigDecimal number(JsonNode node) {
    return new BigDecimal(text(node));
  }

  private static double quantity(
      JsonNode node, Map<String, Double> units, Function<String, String> normal) {
    Matcher matcher = QUANTITY.matcher(text(node));
    Double unit = matcher.matches() ? units.get(normal.apply(matcher.group(2))) : null;
    if (unit == null) {
      throw new IllegalArgumentException("no unit");
    }
    return new BigDecimal(matcher.group(1)).doubleValue() * unit;
  }

  private static Collector<CharSequence, ?, String> joined() {
    return Collectors.joining(", ");
  }
}
