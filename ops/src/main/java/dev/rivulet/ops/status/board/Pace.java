package dev.rivulet.ops.status.board;

import dev.rivulet.schemas.record.Step;

/** The tokens and the time that steps take. */
final class Pace {
  private static final double SMOOTHING = 0.05;

  private long tokens;
  private long measured;
  private double secondsPerStep = Double.NaN;
  private double seconds;
  private double checkpointSeconds;

  /** Counts the tokens of a step, superseded or not: they were worked through. */
  void countTokens(Step step) {
    tokens += step.getTokens();
  }

  /** Takes the time of a step into the mean. */
  void measure(Step step) {
    measured++;
    seconds += step.getSeconds();
    checkpointSeconds += step.getCheckpointSeconds();
    double weight = Math.max(SMOOTHING, 1.0 / measured);
    double before = measured == 1 ? 0 : secondsPerStep;
    secondsPerStep = before + (step.getSeconds() - before) * weight;
  }

  /** Returns the seconds in which training stood still for checkpoints. */
  double checkpointSeconds() {
    return checkpointSeconds;
  }

  /** Returns their share of the time. */
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
