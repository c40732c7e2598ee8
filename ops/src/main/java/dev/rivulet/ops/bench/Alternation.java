package dev.rivulet.ops.bench;

import dev.rivulet.ops.report.Median;
import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.tensor.Kernels;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A comparison of step times in which the contenders alternate, step by step on the same batches,
 * with all their models loaded. So other load on the machine affects all of them.
 */
final class Alternation {
  /** Rounds before the measurement: the engine initialises itself, and bases are computed. */
  private static final int WARM_UP = 2;

  private Alternation() {}

  /**
   * Returns the median time of a plain step by contender, in seconds.
   *
   * @param steps measured steps per contender
   */
  static Map<Contender, Double> run(
      Kernels kernels,
      Workload workload,
      List<Contender> contenders,
      int steps,
      BenchProgress progress)
      throws InterruptedException {
    Map<Contender, Trial> trials = new LinkedHashMap<>();
    try {
      for (Contender contender : contenders) {
        trials.put(contender, Trial.start(kernels, workload, contender, WARM_UP + steps));
      }
      Map<Contender, List<Double>> seconds = rounds(kernels, workload, trials, steps, progress);
      Map<Contender, Double> medians = new LinkedHashMap<>();
      seconds.forEach((contender, times) -> medians.put(contender, Median.of(times)));
      return medians;
    } finally {
      trials.values().forEach(Trial::close);
    }
  }

  private static Map<Contender, List<Double>> rounds(
      Kernels kernels,
      Workload workload,
      Map<Contender, Trial> trials,
      int steps,
      BenchProgress progress)
      throws InterruptedException {
    progress.part(
        "step times: " + String.join(", ", trials.keySet().stream().map(Contender::label).toList()),
        trials.size() * (WARM_UP + steps));
    Map<Contender, List<Double>> seconds = new LinkedHashMap<>();
    for (int round = 0; round < WARM_UP + steps; round++) {
      for (Map.Entry<Contender, Trial> trial : trials.entrySet()) {
        try (TokenBatch batch = TokenBatch.of(kernels.manager(), workload.batch(round))) {
          double taken = trial.getValue().step(batch).seconds();
          if (round >= WARM_UP) {
            seconds.computeIfAbsent(trial.getKey(), key -> new ArrayList<>()).add(taken);
          }
        }
        progress.done();
      }
    }
    return seconds;
  }
}
