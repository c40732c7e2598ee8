package dev.rivulet.ops.compare;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The results of a comparison.
 *
 * @param name name of the base configuration's run
 * @param results one for each finished run
 * @param failures the other runs, each with its reason
 */
record Comparison(String name, List<RunResult> results, List<String> failures) {

  /** Returns the names of the variants, in the order of their first results. */
  List<String> variants() {
    Set<String> names = new LinkedHashSet<>();
    results.forEach(result -> names.add(result.variant()));
    return List.copyOf(names);
  }

  /** Returns the results of a variant. */
  List<RunResult> of(String variant) {
    return results.stream().filter(result -> result.variant().equals(variant)).toList();
  }

  /** Returns the metrics that every result has, by name. */
  List<String> metrics() {
    Set<String> names = new TreeSet<>();
    results.forEach(result -> names.addAll(result.evaluations().keySet()));
    results.forEach(result -> names.retainAll(result.evaluations().keySet()));
    return List.copyOf(names);
  }

  /** Returns the metric of the comparison; null when the runs were not evaluated. */
  @Nullable String metric() {
    return Quality.of(metrics()).orElse(null);
  }

  /** Returns whether the peaks are known for all. */
  boolean peaksAreKnown() {
    return results.stream().allMatch(result -> result.peakBytes() > 0);
  }

  /** Returns whether all peaks are the growth since before the model was loaded. */
  boolean peaksAreGrowth() {
    return results.stream().allMatch(result -> result.processBytes() > 0);
  }

  /** Returns mean and spread of a figure over the seeds of a variant. */
  Spread spread(String variant, Function<RunResult, Double> figure) {
    return Spread.of(of(variant).stream().map(figure).toList());
  }

  /** Returns the last value of a metric of a result. */
  static double last(RunResult result, String metric) {
    return curve(result, metric).last();
  }

  /** Returns the curve of a metric that a result has. */
  static Curve curve(RunResult result, String metric) {
    Curve curve = result.evaluations().get(metric);
    if (curve == null) {
      throw new IllegalArgumentException(
          "run %s has no metric %s; it has %s"
              .formatted(result.run(), metric, result.evaluations().keySet()));
    }
    return curve;
  }

  /** Returns the fields for programs. */
  Map<String, @Nullable Object> fields() {
    String metric = metric();
    List<Map<String, @Nullable Object>> variants = new ArrayList<>();
    variants().forEach(variant -> variants.add(fields(variant, metric)));
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("comparison", name);
    fields.put("metric", metric);
    fields.put("peakIsGrowth", peaksAreGrowth());
    fields.put("variants", variants);
    fields.put("runs", results.stream().map(result -> result.fields(metric)).toList());
    fields.put("failures", failures);
    return fields;
  }

  private Map<String, @Nullable Object> fields(String variant, @Nullable String metric) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("method", variant);
    fields.put("seeds", of(variant).stream().map(RunResult::seed).toList());
    if (metric != null) {
      Spread value = spread(variant, result -> last(result, metric));
      fields.put("mean", Double.isFinite(value.mean()) ? value.mean() : null);
      fields.put("deviation", Double.isFinite(value.deviation()) ? value.deviation() : null);
    }
    if (peaksAreKnown()) {
      fields.put("peakBytes", fields(spread(variant, result -> (double) result.peakBytes())));
    }
    fields.put(
        "checkpointBytes", fields(spread(variant, result -> (double) result.checkpointBytes())));
    return fields;
  }

  private static Map<String, Double> fields(Spread spread) {
    return Map.of("mean", spread.mean(), "deviation", spread.deviation());
  }
}
