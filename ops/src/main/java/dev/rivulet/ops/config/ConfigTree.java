package dev.rivulet.ops.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;

/**
 * A mapping of keys to values as files hold it, not yet understood, and where each key was written.
 * It does not change: what comes of it is a copy.
 *
 * @param root the mapping
 * @param places where a key was written, for people, by its name ({@code train.steps})
 */
record ConfigTree(ObjectNode root, Map<String, String> places) {
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

  /** A tree without keys. */
  static final ConfigTree EMPTY = new ConfigTree(JsonNodeFactory.instance.objectNode(), Map.of());

  /**
   * Returns this tree under another one: mappings are merged key by key, everything else, lists as
   * well, is replaced. A null takes a value away, so that the default holds.
   */
  ConfigTree with(ConfigTree overlay) {
    ObjectNode merged = root.deepCopy();
    merge(merged, overlay.root);
    Map<String, String> both = new HashMap<>(places);
    both.putAll(overlay.places);
    return new ConfigTree(merged, both);
  }

  private static void merge(ObjectNode base, ObjectNode overlay) {
    overlay
        .properties()
        .forEach(
            entry -> {
              JsonNode old = base.path(entry.getKey());
              if (old instanceof ObjectNode below && entry.getValue() instanceof ObjectNode over) {
                merge(below, over);
              } else {
                base.set(entry.getKey(), entry.getValue().deepCopy());
              }
            });
  }

  /** Returns this tree with one value set. Sections on the way that are missing are made. */
  ConfigTree with(String key, JsonNode value) {
    ObjectNode overlay = JsonNodeFactory.instance.objectNode();
    ObjectNode section = overlay;
    String[] parts = key.split("[.]", -1);
    for (int i = 0; i < parts.length - 1; i++) {
      section = section.putObject(parts[i]);
    }
    section.set(parts[parts.length - 1], value);
    return with(new ConfigTree(overlay, Map.of()));
  }

  /** Returns this tree less a key, and all below it. */
  ConfigTree without(String key) {
    ObjectNode rest = root.deepCopy();
    int last = key.lastIndexOf('.');
    JsonNode section = last < 0 ? rest : rest.at(pointer(key.substring(0, last)));
    if (section instanceof ObjectNode mapping) {
      mapping.remove(key.substring(last + 1));
    }
    return new ConfigTree(rest, places);
  }

  /** Returns the value of a key; a missing node when there is none. */
  JsonNode at(String key) {
    return root.at(pointer(key));
  }

  private static String pointer(String key) {
    return "/" + key.replace('.', '/');
  }

  /**
   * Returns a mapping in this tree as a tree of its own; {@link #EMPTY} when it is not a mapping.
   */
  ConfigTree section(String... path) {
    JsonNode node = root;
    for (String key : path) {
      node = node.path(key);
    }
    String prefix = String.join(".", path) + ".";
    Map<String, String> below = new HashMap<>();
    places.forEach(
        (key, place) -> {
          if (key.startsWith(prefix)) {
            below.put(key.substring(prefix.length()), place);
          }
        });
    return node instanceof ObjectNode section ? new ConfigTree(section, below) : EMPTY;
  }

  /** Returns the tree as the text of a configuration file. */
  String yaml() {
    try {
      return YAML.writeValueAsString(root);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
