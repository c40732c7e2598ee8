package dev.rivulet.ops.console;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The option for the form of a command's result: text, or one JSON value per line. */
public final class OutputOptions {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Spec(Spec.Target.MIXEE)
  CommandSpec spec;

  @Option(names = "--json", description = "Print the result as JSON, one value per line.")
  boolean json;

  /** Returns whether the result is printed as JSON. */
  public boolean json() {
    return json;
  }

  /** Returns whether stderr is a terminal, so that progress is shown there. */
  public boolean progress() {
    // The launcher sets this property: Java cannot detect what stderr is.
    return !json && Boolean.getBoolean("rivulet.terminal");
  }

  /** Prints a result: the text, or its fields as a JSON object. */
  public void result(String text, Map<String, ?> fields) {
    line(json ? encode(fields) : text);
  }

  /** Prints a line of text. */
  public void text(String text) {
    line(text);
  }

  /** Prints a value as a line of JSON. */
  public void value(Object value) {
    line(encode(value));
  }

  /** Prints rows: as columns under headings, or each as a JSON object with the headings as keys. */
  public void table(List<String> headings, List<List<?>> rows) {
    if (json) {
      rows.forEach(row -> value(fields(headings, row)));
    } else {
      line(new TextTable(headings, rows).toString());
    }
  }

  /** Prints a warning to stderr; the command continues. */
  public void warn(String line) {
    PrintWriter err = spec.commandLine().getErr();
    err.println("rivulet: " + line);
    err.flush();
  }

  private static Map<String, @Nullable Object> fields(List<String> headings, List<?> row) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    for (int i = 0; i < row.size(); i++) {
      fields.put(headings.get(i), row.get(i));
    }
    return fields;
  }

  private void line(String line) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(line);
    out.flush();
  }

  /** Returns a value as a line of JSON. */
  public static String encode(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("cannot be written as JSON: " + value, e);
    }
  }
}
