package dev.rivulet.ingest.reader;

import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A text format of samples. */
public enum Format {
  /** One JSON object per line: {@code .jsonl}, {@code .ndjson}, {@code .json}. */
  JSONL,
  /** RFC 4180 with a header line: {@code .csv}. */
  CSV,
  /** Like CSV, with tabs between the fields: {@code .tsv}. */
  TSV,
  /** Plain text, with empty lines between the texts: {@code .txt}. */
  TXT;

  /** Returns the format of a file by its extension; null when the extension is unknown. */
  public static @Nullable Format of(Path file) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    String extension = name.substring(name.lastIndexOf('.') + 1);
    return switch (extension) {
      case "jsonl", "ndjson", "json" -> JSONL;
      case "csv" -> CSV;
      case "tsv" -> TSV;
      case "txt" -> TXT;
      default -> null;
    };
  }
}
