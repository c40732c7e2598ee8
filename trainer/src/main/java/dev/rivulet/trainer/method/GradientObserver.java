package dev.rivulet.trainer.method;

import ai.djl.ndarray.NDArray;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.Set;

/** What looks on at a step of {@link Descent}. */
interface GradientObserver {
  /** Looks away. */
  GradientObserver NONE = new GradientObserver() {};

  /** Returns parameters that are not trained, whose gradients are to be taken for a look. */
  default Set<Parameter> extra() {
    return Set.of();
  }

  /** Looks at the gradient of an extra parameter, which is freed afterwards. */
  default void observe(Parameter parameter, NDArray gradient) {}

  /** Looks at the gradients of what is trained, before clipping, of a step that is applied. */
  default void observe(GradientBuffer gradients) {}
}
