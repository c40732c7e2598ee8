package dev.rivulet.ops.compare;

import dev.rivulet.trainer.eval.Metric;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The metrics of evaluations: the main one of each task, and which direction is better. */
final class Quality {
  private static final List<String> PREFERRED =
      List.of(Metric.ACCURACY.key(), Metric.PERPLEXITY.key(), Metric.EVAL_LOSS.key());
  private static final Set<String> LOWER_IS_BETTER =
      Set.of(Metric.PERPLEXITY.key(), Metric.EVAL_LOSS.key());

  private Quality() {}

  /** Returns the metric of a comparison, among those available: the main one of the task. */
  static Optional<String> of(Collection<String> metrics) {
    return PREFERRED.stream()
        .filter(metrics::contains)
        .findFirst()
        .or(() -> metrics.stream().sorted().findFirst());
  }

  /** Returns whether ratios of a metric matter, so that its axis is logarithmic. */
  static boolean isRatio(String metric) {
    return metric.equals(Metric.PERPLEXITY.key());
  }

  /** Returns whether a larger value of a metric is better. */
  static boolean higherIsBetter(String metric) {
    return !LOWER_IS_BETTER.contains(metric);
  }
}
