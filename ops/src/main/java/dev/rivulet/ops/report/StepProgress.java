package dev.rivulet.ops.report;

import dev.rivulet.ops.console.Sizes;
import dev.rivulet.schemas.record.Step;
import dev.rivulet.trainer.eval.Metric;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The progress of a run as one line, from its steps. Not thread-safe. */
final class StepProgress {
  /** Number of steps over which loss and pace are averaged. */
  private static final int WINDOW = 20;

  private final Deque<Step> recent = new ArrayDeque<>();
  private String score = "accuracy -";
  private @Nullable Double meanRank;

  /** Adds the next step of the log. */
  void add(Step step) {
    // After a resume or a rollback, later steps are void.
    recent.removeIf(old -> old.getStep() >= step.getStep());
    recent.addLast(step);
    if (recent.size() > WINDOW) {
      recent.removeFirst();
    }
    if (step.getMetrics() != null) {
      score = score(step.getMetrics());
    }
    if (step.getRanks() != null) {
      meanRank = step.getRanks().values().stream().mapToInt(r -> r).average().orElse(0);
    }
  }

  private String score(Map<String, Double> metrics) {
    Double accuracy = metrics.get(Metric.ACCURACY.key());
    Double perplexity = metrics.get(Metric.PERPLEXITY.key());
    if (perplexity != null) {
      return String.format(Locale.ROOT, "perplexity %.1f", perplexity);
    }
    return accuracy == null ? score : String.format(Locale.ROOT, "accuracy %.3f", accuracy);
  }

  /** Returns loss, accuracy or perplexity, mean rank, peak memory and remaining time. */
  String line() {
    if (recent.isEmpty()) {
      return "before the first step";
    }
    Step newest = recent.getLast();
    double loss =
        recent.stream().mapToDouble(Step::getLoss).filter(Double::isFinite).average().orElse(0);
    return String.format(
        Locale.ROOT,
        "loss %.3f  %s  mean rank %s  %s  %s left",
        loss,
        score,
        meanRank == null ? "-" : String.format(Locale.ROOT, "%.1f", meanRank),
        Sizes.bytes(newest.getPeakBytes()),
        left());
  }

  /** The pace comes from the records' timestamps since the last resume, including evaluations. */
  private String left() {
    Step newest = recent.getLast();
    List<Step> paced =
        recent.stream().filter(step -> step.getEpoch() == newest.getEpoch()).toList();
    if (paced.size() < 2) {
      return "-";
    }
    Duration taken = Duration.between(paced.get(0).getTimestamp(), newest.getTimestamp());
    return Sizes.duration(
        taken.multipliedBy(newest.getTotalSteps() - newest.getStep()).dividedBy(paced.size() - 1));
  }
}
