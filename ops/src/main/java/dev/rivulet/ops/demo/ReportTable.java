package dev.rivulet.ops.demo;

import dev.rivulet.ops.console.Sizes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The report on a run as a table for people. */
final class ReportTable {
  private static final int NAME_WIDTH = 24;

  private final List<String> lines = new ArrayList<>();

  private ReportTable() {}

  /**
   * Returns the table.
   *
   * @param seconds wall time of the command
   * @param statusUrl address of the status page
   */
  static String of(RunReport report, double seconds, String statusUrl) {
    return of(report, Map.of(), seconds, statusUrl);
  }

  /**
   * Returns the table with more rows.
   *
   * @param more rows after the scores, by name
   */
  static String of(RunReport report, Map<String, String> more, double seconds, String statusUrl) {
    ReportTable table = new ReportTable();
    table.row(
        report.run(),
        "%s, %,d steps in %s"
            .formatted(
                report.method(),
                report.steps(),
                Sizes.duration(Duration.ofMillis(Math.round(1000 * seconds)))));
    String digits = report.isCausal() ? "%.1f" : "%.3f";
    table.row(
        report.quality().key(),
        "%s before, %s after, on %,d held-out %s"
            .formatted(
                number(report.qualityBefore(), digits),
                number(report.qualityAfter(), digits),
                report.evaluated(),
                report.isCausal() ? "tokens" : "samples"));
    more.forEach(table::row);
    table.row(
        "training loss",
        "%s first, %s last"
            .formatted(number(report.lossFirst(), "%.3f"), number(report.lossLast(), "%.3f")));
    table.row("weights", Sizes.bytes(report.weightBytes()));
    table.row(
        "optimizer state",
        "%s (AdamW: %s)"
            .formatted(
                Sizes.bytes(report.optimizerBytes()), Sizes.bytes(report.adamwOptimizerBytes())));
    table.row("peak memory of process", Sizes.bytes(report.peakBytes()));
    table.ranks(report);
    table.row(
        "checkpoints",
        "%,d, %s each (a full copy: %s); stall %s %% of the time"
            .formatted(
                report.checkpoints(),
                Sizes.bytes(report.checkpointBytes()),
                Sizes.bytes(report.fullCopyBytes()),
                number(100 * report.checkpointStall(), "%.1f")));
    table.row("rank decisions", "%,d".formatted(report.decisions()));
    table.row("rollbacks", "%,d".formatted(report.rollbacks()));
    table.row("status page", statusUrl);
    return String.join("\n", table.lines);
  }

  private void ranks(RunReport report) {
    report
        .ranksFirst()
        .forEach(
            (kind, first) ->
                row(
                    "rank, " + kind,
                    "%s at the first refresh, %s at the last"
                        .formatted(
                            number(first, "%.1f"), number(report.ranksLast().get(kind), "%.1f"))));
  }

  private void row(String name, String value) {
    lines.add(name + " ".repeat(Math.max(2, NAME_WIDTH - name.length())) + value);
  }

  private static String number(@Nullable Double value, String format) {
    return value == null ? "-" : String.format(Locale.ROOT, format, value);
  }
}
