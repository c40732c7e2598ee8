package dev.rivulet.ops.orders;

import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.Action;
import java.util.List;

/** An order to a run, before it is checked against the run's log. */
public sealed interface Order {
  /** Returns the action in the record of the order. */
  Action action();

  /** An order that a running trainer obeys before its next step. It expires with the run epoch. */
  enum Control implements Order {
    /** Wait before the next step. */
    PAUSE(Action.PAUSE),
    /** End a pause. */
    RESUME(Action.RESUME),
    /** Write a checkpoint. */
    CHECKPOINT(Action.CHECKPOINT),
    /** Write a checkpoint and end the process. The run resumes when a trainer starts again. */
    STOP(Action.STOP);

    private final Action action;

    Control(Action action) {
      this.action = action;
    }

    @Override
    public Action action() {
      return action;
    }
  }

  /**
   * A return to a checkpoint. Without a running trainer it stands, and the run's next trainer
   * carries it out first.
   *
   * @param checkpoint name of the checkpoint, such as 0-000100
   * @param skip batches that the run skips from then on
   * @param learningRateScale factor on the learning rate from then on, multiplied with earlier
   *     ones; positive and finite
   */
  record Rollback(String checkpoint, List<BatchRange> skip, double learningRateScale)
      implements Order {
    public Rollback {
      skip = List.copyOf(skip);
      if (!(learningRateScale > 0 && Double.isFinite(learningRateScale))) {
        throw new UsageException(
            "learning rate scale %s: use a number above 0".formatted(learningRateScale));
      }
    }

    @Override
    public Action action() {
      return Action.ROLLBACK;
    }
  }
}
