package dev.rivulet.ops.status.board;

import dev.rivulet.schemas.record.Step;

/** The tokens and the time of steps. */
final class Pace {
  private static final double SMOOTHING = 0.05;

  private long tokens;
  private long measured;
  private double secondsPerStep = Double.NaN;
  private double seconds;
  private double checkpointSeconds;

  /** Counts the tokens of a step, also of a superseded one: the trainer has processed them. */
  void countTokens(Step step) {
    tokens += step.getTokens();
  }

  /** Adds the time of a step to the mean. */
  void measure(Step step) {
    measured++;
    seconds += step.getSeconds();
    checkpointSeconds += step.getCheckpointSeconds();
    double weight = Math.max(SMOOTHING, 1.0 / measured);
    double before = measured == 1 ? 0 : secondsPerStep;
    secondsPerStep = before + (step.getSeconds() - before) * weight;
  }

  /** Returns the seconds of training stalls for checkpoints. */
  double checkpointSeconds() {
    return checkpointSeconds;
  }

  /** Returns the stall time divided by the training time. */
  double checkpointStall() {
    return checkpointSeconds == 0 ? 0 : checkpointSeconds / (checkpointSeconds + seconds);
  }

  long tokens() {
    return tokens;
  }

  /** Returns the exponential mean; NaN before the first step. */
  double secondsPerStep() {
    return secondsPerStep;
  }
}
