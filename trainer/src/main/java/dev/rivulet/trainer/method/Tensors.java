package dev.rivulet.trainer.method;

import dev.rivulet.trainer.factor.HostTensor;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Named tensors of a snapshot, on their way back into parameters. */
final class Tensors {
  private Tensors() {}

  static Map<String, HostTensor> byName(List<HostTensor> tensors) {
    return tensors.stream().collect(Collectors.toMap(HostTensor::name, Function.identity()));
  }

  /**
   * Copies tensors into the parameters of their names.
   *
   * @throws IllegalArgumentException when a parameter's tensor is missing
   */
  static void into(List<HostTensor> tensors, Stream<Parameter> parameters) {
    Map<String, HostTensor> byName = byName(tensors);
    parameters.forEach(parameter -> named(byName, parameter.name()).into(parameter));
  }

  /**
   * Returns the tensor of a name.
   *
   * @throws IllegalArgumentException when it is missing
   */
  static HostTensor named(Map<String, HostTensor> tensors, String name) {
    HostTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("the checkpoint lacks tensor " + name);
    }
    return tensor;
  }
}
