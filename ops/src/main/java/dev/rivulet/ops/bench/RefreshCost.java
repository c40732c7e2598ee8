package dev.rivulet.ops.bench;

import dev.rivulet.ops.report.Median;
import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.tensor.Kernels;
import java.util.ArrayList;
import java.util.List;

/** The time that refreshes add to a run, measured with alternating plain and refresh steps. */
final class RefreshCost {
  private RefreshCost() {}

  /**
   * Returns the time that a refresh adds to its step, divided by the time of {@value
   * Contender#REFRESH_EVERY} plain steps.
   *
   * @param pairs counted pairs of a plain step and a refresh
   */
  static double share(
      Kernels kernels, Workload workload, Contender contender, int pairs, BenchProgress progress)
      throws InterruptedException {
    List<Double> plain = new ArrayList<>();
    List<Double> refreshing = new ArrayList<>();
    // The first refresh seals nothing, so it does not count.
    int steps = 1 + 2 * pairs;
    progress.part("refreshes: " + contender.label(), steps);
    try (Trial trial = Trial.start(kernels, workload, contender, 2)) {
      for (int step = 0; step < steps; step++) {
        try (TokenBatch batch = TokenBatch.of(kernels.manager(), workload.batch(step))) {
          Trial.Taken taken = trial.step(batch);
          if (step > 0) {
            (taken.refreshed() ? refreshing : plain).add(taken.seconds());
          }
        }
        progress.done();
      }
    }
    return share(Median.of(plain), Median.of(refreshing));
  }

  /**
   * Returns the share.
   *
   * @param plain seconds of a plain step
   * @param refreshing seconds of a step that refreshes
   */
  static double share(double plain, double refreshing) {
    return (refreshing - plain) / (Contender.REFRESH_EVERY * plain);
  }
}
