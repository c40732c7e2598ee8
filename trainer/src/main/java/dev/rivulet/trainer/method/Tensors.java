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
    parameters.forEach(
        parameter -> {
          HostTensor tensor = byName.get(parameter.name());
          if (tensor == null) {
            throw new IllegalArgumentException("the checkpoint lacks tensor " + parameter.name());
          }
          tensor.into(parameter);
        });
  }
}
