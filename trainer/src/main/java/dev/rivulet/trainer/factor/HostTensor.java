package dev.rivulet.trainer.factor;

import dev.rivulet.trainer.tensor.Parameter;
import java.util.List;

/**
 * A tensor in the Java heap.
 *
 * @param name name of the tensor
 * @param shape outermost first
 * @param values row-major
 */
public record HostTensor(String name, List<Long> shape, float[] values) {

  /** Returns a copy of a parameter's value. */
  public static HostTensor of(Parameter parameter) {
    return new HostTensor(parameter.name(), parameter.shape(), parameter.value().toFloatArray());
  }

  /** Copies the values into a parameter, which takes this tensor's shape. */
  public void into(Parameter parameter) {
    parameter.replace(values, shape.stream().mapToLong(Long::longValue).toArray());
  }
}
