package dev.rivulet.ops.console;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A text table: columns as wide as their widest cell, numbers aligned right.
 *
 * @param rows one cell per heading; a null cell prints a dash
 */
public record TextTable(List<String> headings, List<List<?>> rows) {

  @Override
  public String toString() {
    List<StringBuilder> lines = new ArrayList<>();
    for (int i = 0; i <= rows.size(); i++) {
      lines.add(new StringBuilder());
    }
    for (int column = 0; column < headings.size(); column++) {
      append(lines, column);
    }
    return String.join("\n", lines.stream().map(line -> line.toString().stripTrailing()).toList());
  }

  private void append(List<StringBuilder> lines, int column) {
    List<String> cells = new ArrayList<>(List.of(headings.get(column)));
    rows.forEach(row -> cells.add(text(row.get(column))));
    int width = cells.stream().mapToInt(String::length).max().orElse(0);
    boolean numbers =
        !rows.isEmpty()
            && rows.stream().allMatch(row -> row.get(column) == null || isNumber(row.get(column)));
    for (int i = 0; i < cells.size(); i++) {
      String padding = " ".repeat(width - cells.get(i).length());
      lines
          .get(i)
          .append(column == 0 ? "" : "  ")
          .append(numbers ? padding + cells.get(i) : cells.get(i) + padding);
    }
  }

  private static boolean isNumber(@Nullable Object cell) {
    return cell instanceof Number;
  }

  private static String text(@Nullable Object cell) {
    if (cell == null) {
      return "-";
    }
    return cell instanceof Double number
        ? String.format(Locale.ROOT, "%.4f", number)
        : cell.toString();
  }
}
