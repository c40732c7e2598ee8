package dev.rivulet.trainer.loop;

import dev.rivulet.trainer.config.TrainerConfig;

/**
 * The learning rate over a run: a linear rise over the warm-up, then the schedule's fall to 0 (to a
 * tenth for the cosine).
 *
 * @param peak largest learning rate
 * @param warmup steps of the rise
 * @param steps steps in all
 * @param schedule how it falls
 */
record LearningRate(double peak, long warmup, long steps, TrainerConfig.Schedule schedule) {
  private static final double COSINE_FLOOR = 0.1;

  /** Returns the learning rate of a step, from 1. */
  double at(long step) {
    if (step <= warmup) {
      return peak * step / warmup;
    }
    double done = (step - 1 - warmup) / (double) Math.max(1, steps - warmup);
    return switch (schedule) {
      case CONSTANT -> peak;
      case LINEAR -> peak * (1 - done);
      case COSINE ->
          peak * (COSINE_FLOOR + (1 - COSINE_FLOOR) * (1 + StrictMath.cos(Math.PI * done)) / 2);
    };
  }
}
