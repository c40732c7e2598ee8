package dev.rivulet.ops.compare;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The values of one quantity over the steps of training.
 *
 * @param values value by step; at least one
 */
record Curve(SortedMap<Long, Double> values) {

  Curve {
    values = Collections.unmodifiableSortedMap(new TreeMap<>(values));
    if (values.isEmpty()) {
      throw new IllegalArgumentException("a curve needs at least one value");
    }
  }

  /** Returns the value of the last step. */
  double last() {
    return Objects.requireNonNull(values.get(values.lastKey()));
  }

  /** Returns the best value other than NaN; NaN if there is none. */
  double best(boolean higherIsBetter) {
    double best =
        values.values().stream()
            .filter(value -> !value.isNaN())
            .mapToDouble(value -> higherIsBetter ? value : -value)
            .max()
            .orElse(Double.NaN);
    return higherIsBetter ? best : -best;
  }

  /** Returns the mean of curves, at the steps that all of them contain. */
  static Curve mean(List<Curve> curves) {
    NavigableMap<Long, Double> mean = new TreeMap<>();
    for (long step : curves.get(0).values.keySet()) {
      if (curves.stream().allMatch(curve -> curve.values.containsKey(step))) {
        mean.put(
            step, curves.stream().mapToDouble(curve -> curve.values.get(step)).average().orElse(0));
      }
    }
    return new Curve(mean);
  }

  /**
   * Returns this curve with fewer points: means of the finite values of windows of equal length in
   * steps, each at the last step of its window. The length is 1, 2 or 5 times a power of ten.
   *
   * @param points largest number of points
   */
  Curve smoothed(int points) {
    long width = round((values.lastKey() + points - 1) / points);
    NavigableMap<Long, Double> smooth = new TreeMap<>();
    values.entrySet().stream()
        .filter(point -> Double.isFinite(point.getValue()))
        .collect(Collectors.groupingBy(point -> (point.getKey() - 1) / width))
        .values()
        .forEach(
            window ->
                smooth.put(
                    window.get(window.size() - 1).getKey(),
                    window.stream().mapToDouble(Map.Entry::getValue).average().orElseThrow()));
    return smooth.isEmpty() ? this : new Curve(smooth);
  }

  private static long round(long least) {
    for (long power = 1; ; power *= 10) {
      for (long factor : List.of(1L, 2L, 5L)) {
        if (factor * power >= least) {
          return factor * power;
        }
      }
    }
  }
}
