package dev.rivulet.ops.compare;

import dev.rivulet.trainer.eval.Metric;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What is known of the metrics of evaluations: which one tells most, and which way is up. */
final class Quality {
  private static final List<String> TELLING =
      List.of(Metric.ACCURACY.key(), Metric.PERPLEXITY.key(), Metric.EVAL_LOSS.key());
  private static final Set<String> LOWER_IS_BETTER =
      Set.of(Metric.PERPLEXITY.key(), Metric.EVAL_LOSS.key());

  private Quality() {}

  /** Returns the metric to compare by, of those that there are: the task's own one. */
  static Optional<String> of(Collection<String> metrics) {
    return TELLING.stream()
        .filter(metrics::contains)
        .findFirst()
        .or(() -> metrics.stream().sorted().findFirst());
  }

  /** Returns whether a metric is read by its ratios, so that its axis is logarithmic. */
  static boolean isRatio(String metric) {
    return metric.equals(Metric.PERPLEXITY.key());
  }

  /** Returns whether more of a metric is better. */
  static boolean higherIsBetter(String metric) {
    return !LOWER_IS_BETTER.contains(metric);
  }
}
