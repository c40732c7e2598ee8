package dev.rivulet.rankmonitor.stability;

import java.util.Arrays;

/**
 * The location and spread of a sample by order statistics: up to half of it may be outliers.
 *
 * @param median the median
 * @param sigma the median absolute deviation, times 1.4826: the standard deviation of a normal
 *     sample
 */
record RobustScale(double median, double sigma) {
  private static final double NORMAL_CONSISTENCY = 1.4826;

  static RobustScale of(double[] sample) {
    double median = median(sample);
    double[] deviations = Arrays.stream(sample).map(x -> Math.abs(x - median)).toArray();
    return new RobustScale(median, NORMAL_CONSISTENCY * median(deviations));
  }

  private static double median(double[] sample) {
    double[] sorted = sample.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
