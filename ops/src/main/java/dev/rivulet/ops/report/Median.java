package dev.rivulet.ops.report;

import java.util.List;

/** The median of measurements: robust against single ones that other load has slowed. */
public final class Median {
  private Median() {}

  /**
   * Returns the median; for an even number of values, the mean of the middle two.
   *
   * @throws IllegalArgumentException when the list is empty
   */
  public static double of(List<Double> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("the median of an empty list is undefined");
    }
    List<Double> sorted = values.stream().sorted().toList();
    int half = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(half)
        : (sorted.get(half - 1) + sorted.get(half)) / 2;
  }
}
