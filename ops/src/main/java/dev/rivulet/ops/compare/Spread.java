package dev.rivulet.ops.compare;

import java.util.List;
import java.util.Locale;

/**
 * Mean and spread of a figure over the seeds.
 *
 * @param count number of values
 * @param mean their mean
 * @param deviation their sample standard deviation (n - 1); 0 for a single value
 */
record Spread(int count, double mean, double deviation) {

  /**
   * Returns the spread of some values.
   *
   * @throws IllegalArgumentException when the list is empty
   */
  static Spread of(List<Double> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("the mean of an empty list is undefined");
    }
    double mean = values.stream().mapToDouble(value -> value).average().orElseThrow();
    double squares = values.stream().mapToDouble(value -> (value - mean) * (value - mean)).sum();
    return new Spread(
        values.size(), mean, values.size() == 1 ? 0 : Math.sqrt(squares / (values.size() - 1)));
  }

  /** Returns the mean and, for several values, the deviation: {@code 0.724 ± 0.006}. */
  String text(int digits) {
    String number = "%." + digits + "f";
    return count == 1
        ? String.format(Locale.ROOT, number, mean)
        : String.format(Locale.ROOT, number + " ± " + number, mean, deviation);
  }
}
