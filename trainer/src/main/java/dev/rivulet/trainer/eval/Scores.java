package dev.rivulet.trainer.eval;

import dev.rivulet.schemas.record.Task;
import dev.rivulet.trainer.model.Evaluation;
import java.util.Map;

/** The scores of a model, gathered batch by batch. The family is closed: one for each task. */
sealed interface Scores permits ClassificationScores, LanguageScores {

  /**
   * Begins to gather.
   *
   * @param classes number of classes; not looked at for language modelling
   */
  static Scores of(Task task, int classes) {
    return switch (task) {
      case CLASSIFICATION -> new ClassificationScores(classes);
      case CAUSAL_LM -> new LanguageScores();
    };
  }

  /**
   * Adds a batch, which counts by its targets.
   *
   * @param classes what should have been predicted, [targets]
   */
  void add(Evaluation evaluation, long[] classes);

  /** Returns the scores by {@link Metric#key}; empty when there was no target. */
  Map<String, Double> metrics();
}
