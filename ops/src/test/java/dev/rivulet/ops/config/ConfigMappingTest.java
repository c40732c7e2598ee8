package dev.rivulet.ops.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every key of a configuration file sets its own component, and no component of another key. */
class ConfigMappingTest {
  /** What every file of this test has; a mapping's keys replace these. */
  private static final Map<String, String> COMMON =
      Map.of(
          "run", "common",
          "model.path", "minilm",
          "model.labels", "[no, yes]",
          "data.stream", "common",
          "train.steps", "400",
          "engine.threads", "2");

  private final ConfigFolder folder;

  ConfigMappingTest(@TempDir Path path) throws IOException {
    folder = ConfigFolder.withModels(path, "minilm", "other");
    folder.write("ranks.json", "{\"layer.0.query\": 3}");
  }

  @Test
  void keys_all_haveAMappingAndTheDefaultOfIt() {
    assertThat(RunConfig.keys().stream().map(key -> key.name() + " = " + key.fallback()))
        .containsExactlyInAnyOrderElementsOf(
            KeyMappings.all().map(mapping -> mapping.key() + " = " + mapping.fallback()).toList());
  }

  @ParameterizedTest
  @MethodSource("dev.rivulet.ops.config.KeyMappings#all")
  void load_oneKey_setsItsComponentAndNoOther(KeyMapping mapping) throws IOException {
    Map<String, String> keys = new TreeMap<>(COMMON);
    keys.putAll(mapping.context());
    RunConfig before = load(keys);
    keys.put(mapping.key(), mapping.value());
    RunConfig after = load(keys);

    assertThat(mapping.component().apply(before)).isNotEqualTo(mapping.expected());
    assertThat(mapping.component().apply(after)).isEqualTo(mapping.expected());
    KeyMappings.all()
        .filter(other -> !other.key().equals(mapping.key()))
        .filter(other -> !mapping.key().equals("train.method") || !other.isOfMethod())
        .forEach(
            other ->
                assertThat(other.component().apply(after))
                    .as(other.key())
                    .isEqualTo(other.component().apply(before)));
  }

  private RunConfig load(Map<String, String> keys) throws IOException {
    Map<String, Object> root = new TreeMap<>();
    keys.forEach((key, value) -> put(root, key, value));
    return folder.load(flow(root));
  }

  @SuppressWarnings("unchecked") // A key before a dot is a section.
  private static void put(Map<String, Object> section, String key, String value) {
    int dot = key.indexOf('.');
    if (dot < 0) {
      section.put(key, value);
    } else {
      Object child = section.computeIfAbsent(key.substring(0, dot), name -> new TreeMap<>());
      put((Map<String, Object>) child, key.substring(dot + 1), value);
    }
  }

  private static String flow(Map<?, ?> section) {
    return section.entrySet().stream()
        .map(
            entry ->
                entry.getKey()
                    + ": "
                    + (entry.getValue() instanceof Map<?, ?> child
                        ? flow(child)
                        : entry.getValue()))
        .collect(Collectors.joining(", ", "{", "}"));
  }
}
