package dev.rivulet.schemas.lozo;

import dev.rivulet.schemas.record.Step;

/**
 * A zeroth-order step that was taken: all that it takes to take it again.
 *
 * @param step number of the step, from 1
 * @param learningRate of the step
 * @param applied whether the weights were moved; false for a step that was withheld
 * @param scalars key and coefficients; of a withheld step they are not looked at
 */
public record TakenStep(long step, double learningRate, boolean applied, StepScalars scalars) {

  /**
   * Returns what a record of the log says.
   *
   * @throws IllegalArgumentException when it was applied and has no scalars
   */
  public static TakenStep of(Step record) {
    if (record.getZerothOrder() != null) {
      return new TakenStep(
          record.getStep(),
          record.getLearningRate(),
          record.getApplied(),
          StepScalars.of(record.getZerothOrder()));
    }
    if (record.getApplied()) {
      throw new IllegalArgumentException(
          "run %s, step %d: a step of method %s has no scalars to be taken again from"
              .formatted(record.getRun(), record.getStep(), record.getMethod()));
    }
    return new TakenStep(
        record.getStep(), record.getLearningRate(), false, new StepScalars(0, new float[0]));
  }
}
