package dev.rivulet.ops.status.board;

import java.util.Map;

/**
 * An evaluation of the model at a step.
 *
 * @param metrics by name, such as accuracy and evalLoss
 */
public record EvaluationPoint(int epoch, long step, Map<String, Double> metrics) implements Placed {
  public EvaluationPoint {
    metrics = Map.copyOf(metrics);
  }
}
