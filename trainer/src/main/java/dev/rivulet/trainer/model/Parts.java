package dev.rivulet.trainer.model;

import ai.djl.ndarray.NDArray;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.List;
import java.util.Map;

/**
 * What the equal parts of a batch have for themselves: they go through the model as one batch, over
 * the parameters that they share.
 *
 * <p>A linear layer multiplies by its weight once for all parts; factors of its overlay and its
 * bias may be each part's own, as may norms, embedding and head. The weight itself is always
 * shared.
 *
 * @param count number of parts
 * @param own by parameter, its values in every part: the parts are the first dimension, before
 *     those of the parameter. They stay the caller's
 */
public record Parts(int count, Map<Parameter, NDArray> own) {
  /** One part, which has nothing for itself. */
  static final Parts WHOLE = new Parts(1, Map.of());

  /** Checks that every tensor has its parameter's shape in all parts. */
  public Parts {
    own.forEach(
        (parameter, tensor) -> {
          List<Long> shape = parameter.shape();
          long[] found = tensor.getShape().getShape();
          boolean fits = found.length == shape.size() + 1 && found[0] == count;
          for (int i = 1; fits && i < found.length; i++) {
            fits = found[i] == shape.get(i - 1);
          }
          if (!fits) {
            throw new IllegalArgumentException(
                "%s in %d parts: a tensor of shape %s"
                    .formatted(parameter, count, tensor.getShape()));
          }
        });
  }

  /** Returns what kernels take for some parameters. */
  List<NDArray> values(List<Parameter> parameters) {
    return parameters.stream().map(p -> own.getOrDefault(p, p.value())).toList();
  }

  /** Returns 1 for each parameter that the parts have for themselves. */
  double[] flags(List<Parameter> parameters) {
    return parameters.stream().mapToDouble(p -> own.containsKey(p) ? 1 : 0).toArray();
  }
}
