package dev.rivulet.trainer.method;

import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.fold.LayerFactor;
import dev.rivulet.trainer.factor.HostTensor;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Tensors and factors of a snapshot, on their way back into parameters and layers. */
final class Tensors {
  private Tensors() {}

  static Map<String, HostTensor> byName(List<HostTensor> tensors) {
    return tensors.stream().collect(Collectors.toMap(HostTensor::name, Function.identity()));
  }

  /**
   * Makes factors the overlays of their layers.
   *
   * @throws RunException when a layer's factor is missing, or has another rank than the layer
   */
  static void open(List<LayerFactor> factors, List<LinearLayer> layers) {
    Map<String, LayerFactor> byLayer =
        factors.stream().collect(Collectors.toMap(LayerFactor::layer, Function.identity()));
    for (LinearLayer layer : layers) {
      LayerFactor factor = byLayer.get(layer.name());
      if (factor == null || factor.rank() != layer.rank()) {
        throw new RunException(
            "the checkpoint lacks a factor of rank %d of layer %s"
                .formatted(layer.rank(), layer.name()));
      }
      layer.restore(factor);
    }
  }

  /**
   * Copies tensors into the parameters of their names.
   *
   * @throws RunException when a parameter's tensor is missing
   */
  static void into(List<HostTensor> tensors, Stream<Parameter> parameters) {
    Map<String, HostTensor> byName = byName(tensors);
    parameters.forEach(parameter -> named(byName, parameter.name()).into(parameter));
  }

  /**
   * Returns the tensor of a name.
   *
   * @throws RunException when it is missing
   */
  static HostTensor named(Map<String, HostTensor> tensors, String name) {
    HostTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new RunException("the checkpoint lacks tensor " + name);
    }
    return tensor;
  }
}
