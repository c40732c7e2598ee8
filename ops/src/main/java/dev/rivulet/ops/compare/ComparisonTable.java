package dev.rivulet.ops.compare;

import dev.rivulet.ops.console.Sizes;
import dev.rivulet.ops.console.TextTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The results of a comparison as a table, with an explanation of its columns. */
final class ComparisonTable {
  private static final int METRIC_DIGITS = 3;

  private final Comparison comparison;
  private final List<String> headings = new ArrayList<>();
  private final List<List<@Nullable Object>> rows = new ArrayList<>();

  private ComparisonTable(Comparison comparison) {
    this.comparison = comparison;
    comparison.variants().forEach(variant -> rows.add(new ArrayList<>()));
  }

  /** Returns the table, its caption and the failures. */
  static String of(Comparison comparison) {
    List<String> parts = new ArrayList<>();
    if (!comparison.results().isEmpty()) {
      parts.add(new ComparisonTable(comparison).text());
      parts.add(caption(comparison));
    }
    comparison.failures().forEach(failure -> parts.add("failed: " + failure));
    return String.join("\n", parts);
  }

  private String text() {
    column("method", variant -> variant);
    column("runs", variant -> comparison.of(variant).size());
    String main = comparison.metric();
    if (main != null) {
      metric(main);
      column(
          "best",
          spread(
              result -> Comparison.curve(result, main).best(Quality.higherIsBetter(main)),
              METRIC_DIGITS));
      comparison.metrics().stream().filter(other -> !other.equals(main)).forEach(this::metric);
    }
    if (comparison.peaksAreKnown()) {
      column("peak MB", spread(result -> result.peakBytes() / 1e6, 1));
      column("GB-hours", spread(RunResult::gigabyteHours, 4));
    }
    column("s/step", spread(RunResult::secondsPerStep, 3));
    column("with refreshes", spread(RunResult::meanSecondsPerStep, 3));
    column("checkpoint", mean(RunResult::checkpointBytes));
    column("of full", share(RunResult::checkpointShare));
    column("stall", share(RunResult::checkpointStall));
    column("optimizer", mean(RunResult::optimizerBytes));
    column("mean rank", this::meanRank);
    return new TextTable(headings, List.copyOf(rows)).toString();
  }

  private void metric(String name) {
    column(name, spread(result -> Comparison.last(result, name), METRIC_DIGITS));
  }

  private void column(String heading, Function<String, @Nullable Object> cell) {
    headings.add(heading);
    List<String> variants = comparison.variants();
    for (int i = 0; i < variants.size(); i++) {
      rows.get(i).add(cell.apply(variants.get(i)));
    }
  }

  private Function<String, @Nullable Object> spread(
      Function<RunResult, Double> figure, int digits) {
    return variant -> comparison.spread(variant, figure).text(digits);
  }

  private Function<String, @Nullable Object> mean(Function<RunResult, Long> bytes) {
    return variant ->
        Sizes.bytes(
            Math.round(
                comparison.spread(variant, result -> bytes.apply(result).doubleValue()).mean()));
  }

  private Function<String, @Nullable Object> share(Function<RunResult, Double> figure) {
    return variant -> {
      double share = comparison.spread(variant, figure).mean();
      return Double.isNaN(share) ? null : String.format(Locale.ROOT, "%.1f %%", 100 * share);
    };
  }

  private @Nullable Object meanRank(String variant) {
    List<Double> ranks =
        comparison.of(variant).stream().map(RunResult::meanRank).filter(Objects::nonNull).toList();
    return ranks.isEmpty() ? null : Spread.of(ranks).text(1);
  }

  private static String caption(Comparison comparison) {
    List<String> lines = new ArrayList<>();
    lines.add("");
    lines.add(
        "Mean ± standard deviation over seeds. The metrics are those of the last evaluation; best"
            + " is over all of them.");
    if (comparison.peaksAreKnown()) {
      lines.add(
          comparison.peaksAreGrowth()
              ? "peak: largest growth of the training process since before the model was loaded."
              : "peak: largest resident size of the training process, including the program.");
    }
    lines.add(
        "s/step: median without refreshes; with refreshes: mean of all steps; both exclude waits.");
    lines.add(
        "checkpoint: mean bytes written; of full: their share of all weights with AdamW's moments;"
            + " stall: share of the time for which checkpoints stopped training.");
    comparison.results().stream()
        .filter(result -> result.steps() < result.plannedSteps())
        .map(
            result ->
                "%s: the data ended after %d of %d steps; increase data.epochs."
                    .formatted(result.run(), result.steps(), result.plannedSteps()))
        .forEach(lines::add);
    return String.join("\n", lines);
  }
}
