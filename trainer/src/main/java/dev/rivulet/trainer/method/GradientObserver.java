package dev.rivulet.trainer.method;

import ai.djl.ndarray.NDArray;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.Set;

/** An observer of the gradients of a step that {@link Descent} takes. */
interface GradientObserver {
  /** Observes nothing. */
  GradientObserver NONE = new GradientObserver() {};

  /**
   * Returns the parameters that are not trained and whose gradients are computed for this observer.
   */
  default Set<Parameter> extra() {
    return Set.of();
  }

  /** Observes the gradient of an extra parameter, which is freed afterwards. */
  default void observe(Parameter parameter, NDArray gradient) {}

  /**
   * Observes the gradients of the trained parameters, before clipping, of a step that is applied.
   */
  default void observe(GradientBuffer gradients) {}
}
