package dev.rivulet.trainer.config;

/**
 * The optimizer steps of a run.
 *
 * @param steps number of optimizer steps
 * @param accumulate batches per step, whose gradients are accumulated; the last step of a stream
 *     may have fewer
 * @param learningRate the learning rate of each step
 * @param clipNorm largest gradient norm that is applied; 0 for no clipping
 */
public record OptimizationConfig(
    long steps, int accumulate, LearningRateConfig learningRate, double clipNorm) {

  /** Returns the defaults for a number of steps, which has none. */
  public static OptimizationConfig defaults(long steps) {
    return new OptimizationConfig(steps, 1, LearningRateConfig.DEFAULT, 1.0);
  }
}
