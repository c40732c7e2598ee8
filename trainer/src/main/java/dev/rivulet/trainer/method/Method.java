package dev.rivulet.trainer.method;

import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.lozo.TakenStep;
import dev.rivulet.trainer.model.TokenBatch;
import java.util.List;

/**
 * A training method that was started on a model by its {@link MethodConfig}: the parameters that it
 * trains, the update of a step, and the state between steps. Not thread-safe.
 */
public interface Method extends AutoCloseable {

  /**
   * Takes one step. When loss or gradient (or slope) is not finite, the model stays as it is.
   *
   * @param batches one, or several whose gradients (or losses) are accumulated; each counts by its
   *     targets
   * @param step number of the step, from 1
   * @param ranks asked at a refresh
   */
  StepResult step(List<TokenBatch> batches, long step, double learningRate, RankSource ranks);

  /**
   * Returns a copy of all that the method has changed. A sealed factor is part of one snapshot
   * only, the first after it was sealed.
   */
  Snapshot snapshot();

  /**
   * Repeats steps of the run from the scalars of a checkpoint. A snapshot is restored by repeating
   * all steps up to it, in order, on a method that was just started, and then calling {@link
   * #restore}.
   *
   * @throws RunException when the method has no scalars, or these are of a run with other settings
   */
  default void replay(List<TakenStep> steps) {
    throw new RunException(
        "the checkpoint has scalars of %d steps, which this method does not use"
            .formatted(steps.size()));
  }

  /**
   * Restores a snapshot. The model's weights must already contain all sealed factors up to it;
   * where the method has scalars, the steps up to it must have been repeated.
   *
   * @param snapshot its sealed factors and scalars are ignored
   */
  void restore(Snapshot snapshot);

  /** Returns the bytes of bases, open factors and moments. */
  long optimizerBytes();

  /** Frees the state; the model stays. */
  @Override
  void close();
}
