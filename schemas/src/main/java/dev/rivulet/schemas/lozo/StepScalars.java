package dev.rivulet.schemas.lozo;

import dev.rivulet.schemas.record.ZerothOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * All that the log holds of a zeroth-order update, besides the learning rate.
 *
 * @param key of the step's random directions
 * @param coefficients factor of each direction
 */
public record StepScalars(long key, float[] coefficients) {

  /** Returns what a record says. */
  public static StepScalars of(ZerothOrder record) {
    List<Float> several = record.getCoefficients();
    if (several.isEmpty()) {
      return new StepScalars(record.getKey(), new float[] {record.getCoefficient()});
    }
    float[] coefficients = new float[several.size()];
    for (int k = 0; k < coefficients.length; k++) {
      coefficients[k] = several.get(k);
    }
    return new StepScalars(record.getKey(), coefficients);
  }

  /** Returns the record, as the log gets it. */
  public ZerothOrder toRecord() {
    if (coefficients.length == 1) {
      return new ZerothOrder(key, coefficients[0], List.of());
    }
    List<Float> several = new ArrayList<>();
    for (float coefficient : coefficients) {
      several.add(coefficient);
    }
    return new ZerothOrder(key, 0f, several);
  }
}
