package dev.rivulet.ingest.reader;

import java.util.List;
import java.util.Set;

/**
 * The names that the parts of a sample have in the input: JSON fields, or CSV columns. Fields with
 * other names become attributes of the sample.
 *
 * @param text the text, or the first of a pair: the one field that must be there
 * @param pair the second text of a pair
 * @param label the class name
 * @param split {@code train}, or {@code eval} (also spelled {@code validation})
 */
public record FieldNames(String text, String pair, String label, String split) {
  /** Every part under its own name. */
  public static final FieldNames DEFAULT = new FieldNames("text", "pair", "label", "split");

  public FieldNames {
    List<String> names = List.of(text, pair, label, split);
    if (names.stream().anyMatch(String::isBlank)) {
      throw new IllegalArgumentException("field names %s: none may be blank".formatted(names));
    }
    if (Set.copyOf(names).size() < names.size()) {
      throw new IllegalArgumentException("field names %s: each may occur once".formatted(names));
    }
  }
}
