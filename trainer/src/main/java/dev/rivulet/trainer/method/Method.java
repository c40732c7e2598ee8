package dev.rivulet.trainer.method;

import dev.rivulet.schemas.lozo.TakenStep;
import dev.rivulet.trainer.model.TokenBatch;
import java.util.List;

/**
 * A training method at work on a model: what it trains, how a step changes it, and the state that
 * it keeps between steps. The family is closed. Not thread-safe.
 */
public sealed interface Method extends AutoCloseable permits AdamW, Lora, Lozo, SubspaceDescent {

  /**
   * Starts a method.
   *
   * @throws IllegalArgumentException when its settings do not fit the model; the message names all
   *     that is wrong
   */
  static Method start(MethodConfig config, MethodContext context) {
    if (config instanceof AdaRankGradConfig adaRankGrad) {
      return AdaRankGrad.start(adaRankGrad, context);
    }
    if (config instanceof LoqtConfig loqt) {
      return Loqt.start(loqt, context);
    }
    if (config instanceof LoraConfig lora) {
      return new Lora(lora, context);
    }
    if (config instanceof LozoConfig lozo) {
      return new Lozo(lozo, context);
    }
    if (config instanceof ProbeConfig probe) {
      return AdamW.onHead(probe, context);
    }
    return AdamW.onAll((AdamWConfig) config, context);
  }

  /**
   * Takes one step. When loss or gradient (or slope) is not finite, nothing changes.
   *
   * @param batches one, or several whose gradients (or losses) are accumulated; each counts by its
   *     targets
   * @param step number of the step, from 1
   * @param ranks asked at a refresh
   */
  StepResult step(List<TokenBatch> batches, long step, double learningRate, RankSource ranks);

  /** Returns a copy of what the method has changed; factors sealed since the last copy, once. */
  Snapshot snapshot();

  /**
   * Takes steps of the run again, as the scalars of a checkpoint tell them: a freshly started
   * method is brought to a snapshot by all steps up to it, in order, and then by {@link #restore}.
   *
   * @throws IllegalArgumentException when this method's steps cannot be taken again so, or these
   *     are of other settings
   */
  default void replay(List<TakenStep> steps) {
    throw new IllegalArgumentException(
        "the checkpoint has scalars of %d steps, of which the run's method knows nothing"
            .formatted(steps.size()));
  }

  /**
   * Goes back to a snapshot; the model's weights must already hold all sealed factors up to it, and
   * the steps up to it must have been taken again where the method has scalars.
   *
   * @param snapshot its sealed factors and scalars are not looked at
   */
  void restore(Snapshot snapshot);

  /** Returns the bytes of bases, open factors and moments. */
  long optimizerBytes();

  /** Frees the state; the model stays. */
  @Override
  void close();
}
