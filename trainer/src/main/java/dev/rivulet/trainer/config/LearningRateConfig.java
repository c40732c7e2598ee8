package dev.rivulet.trainer.config;

/**
 * The learning rate over a run.
 *
 * @param peak largest learning rate
 * @param warmupSteps steps over which it rises from 0 to the peak
 * @param schedule how it falls after the warm-up
 */
public record LearningRateConfig(double peak, long warmupSteps, Schedule schedule) {
  public static final LearningRateConfig DEFAULT = new LearningRateConfig(1e-4, 0, Schedule.LINEAR);

  /** How the learning rate falls after the warm-up. */
  public enum Schedule {
    CONSTANT,
    LINEAR,
    COSINE
  }
}
