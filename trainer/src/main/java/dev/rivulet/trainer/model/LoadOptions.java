package dev.rivulet.trainer.model;

import dev.rivulet.schemas.fold.BaseForm;

/**
 * How a model is loaded.
 *
 * @param classes number of classes of a classifier, at least 2; not looked at for causal models
 * @param seed of a new head's first weights
 * @param base how the weights of the linear layers are kept
 */
public record LoadOptions(int classes, long seed, BaseForm base) {

  /** Returns the options of a classifier with a float32 base. */
  public static LoadOptions classifier(int classes, long seed) {
    return new LoadOptions(classes, seed, BaseForm.FP32);
  }
}
