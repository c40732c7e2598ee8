package dev.rivulet.ops.status.board;

import java.util.List;
import java.util.Set;

/**
 * The changes of a run since the last update.
 *
 * @param steps the new steps, in order
 * @param changed the other parts that a client must request again
 */
public record RunUpdate(RunSummary summary, List<StepPoint> steps, Set<Part> changed) {

  /** A part of a run's history. */
  public enum Part {
    /** Everything: steps were superseded. */
    HISTORY,
    EVALUATIONS,
    LAYERS,
    CHECKPOINTS,
    EVENTS
  }
}
