package dev.rivulet.ingest.reader;

import dev.rivulet.schemas.failure.UsageException;
import java.util.List;
import java.util.Set;

/**
 * The names of the input fields (JSON fields or CSV columns) that become the parts of a sample.
 * Fields with other names become attributes of the sample.
 *
 * @param text the text, or the first text of a pair: the only required field
 * @param pair the second text of a pair
 * @param label the class name
 * @param split {@code train}, or {@code eval} (also spelled {@code validation})
 */
public record FieldNames(String text, String pair, String label, String split) {
  /** The defaults: each part under its own name. */
  public static final FieldNames DEFAULT = new FieldNames("text", "pair", "label", "split");

  public FieldNames {
    List<String> names = List.of(text, pair, label, split);
    if (names.stream().anyMatch(String::isBlank)) {
      throw new UsageException("field names %s: none may be blank".formatted(names));
    }
    if (Set.copyOf(names).size() < names.size()) {
      throw new UsageException("field names %s: each may occur only once".formatted(names));
    }
  }
}
