package dev.rivulet.ops.status.board;

import java.util.List;
import java.util.Set;

/**
 * What changed in a run since the update before.
 *
 * @param steps the new steps, in order
 * @param changed what else is to be looked up again
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
