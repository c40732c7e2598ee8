package dev.rivulet.ops.console;

import dev.rivulet.ingest.reader.FieldNames;
import picocli.CommandLine.Option;

/** The options for the field names of a sample in input files. */
public final class FieldOptions {
  @Option(
      names = "--text",
      paramLabel = "FIELD",
      defaultValue = "text",
      description = "Field of the text. Default: text")
  String text;

  @Option(
      names = "--pair",
      paramLabel = "FIELD",
      defaultValue = "pair",
      description = "Field of the second text. Default: pair")
  String pair;

  @Option(
      names = "--label",
      paramLabel = "FIELD",
      defaultValue = "label",
      description = "Field of the class. Default: label")
  String label;

  @Option(
      names = "--split",
      paramLabel = "FIELD",
      defaultValue = "split",
      description = "Field of the split, train or eval. Default: split")
  String split;

  /**
   * Returns the names.
   *
   * @throws IllegalArgumentException when two are the same or one is blank
   */
  public FieldNames names() {
    return new FieldNames(text, pair, label, split);
  }
}
