package dev.rivulet.ops.report;

import java.util.List;

/** The middle of some measurements: other load on a machine makes single ones late. */
public final class Median {
  private Median() {}

  /**
   * Returns the median; of an even number, the mean of the middle two.
   *
   * @throws IllegalArgumentException when there are none
   */
  public static double of(List<Double> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("no values, no median");
    }
    List<Double> sorted = values.stream().sorted().toList();
    int half = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(half)
        : (sorted.get(half - 1) + sorted.get(half)) / 2;
  }
}
