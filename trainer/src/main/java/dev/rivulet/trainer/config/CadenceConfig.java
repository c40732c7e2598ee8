package dev.rivulet.trainer.config;

/**
 * The intervals of what a run does besides training, in optimizer steps.
 *
 * @param evaluateEvery steps between evaluations; the first is before step 1, the last at the end
 * @param checkpointEvery steps between checkpoints
 */
public record CadenceConfig(long evaluateEvery, long checkpointEvery) {
  public static final CadenceConfig DEFAULT = new CadenceConfig(100, 100);
}
