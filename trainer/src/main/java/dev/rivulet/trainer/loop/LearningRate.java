package dev.rivulet.trainer.loop;

import dev.rivulet.trainer.config.LearningRateConfig;

/**
 * The learning rate over a run: a linear rise over the warm-up, then the schedule's fall to 0 (to a
 * tenth of the peak for the cosine).
 *
 * @param config peak, warm-up and schedule
 * @param steps optimizer steps of the run
 */
record LearningRate(LearningRateConfig config, long steps) {
  private static final double COSINE_FLOOR = 0.1;

  /** Returns the learning rate of a step, from 1. */
  double at(long step) {
    double peak = config.peak();
    long warmup = config.warmupSteps();
    if (step <= warmup) {
      return peak * step / warmup;
    }
    double done = (step - 1 - warmup) / (double) Math.max(1, steps - warmup);
    return switch (config.schedule()) {
      case CONSTANT -> peak;
      case LINEAR -> peak * (1 - done);
      case COSINE ->
          peak * (COSINE_FLOOR + (1 - COSINE_FLOOR) * (1 + StrictMath.cos(Math.PI * done)) / 2);
    };
  }
}
