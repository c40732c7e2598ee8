package dev.rivulet.trainer.model;

import dev.rivulet.schemas.adapter.LoraModule;
import dev.rivulet.schemas.adapter.PeftAdapter;
import dev.rivulet.schemas.adapter.PeftAdapter.WholeTensor;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.fold.LayerFactor;
import dev.rivulet.schemas.fold.LowRank;
import dev.rivulet.schemas.version.Matrix;
import dev.rivulet.schemas.version.TensorNames;
import dev.rivulet.trainer.factor.HostTensor;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A model with a PEFT adapter on it: each low-rank change is the overlay of its layer, with L = Aᵀ
 * and R = Bᵀ.
 */
public final class AdaptedModel {
  /** What some files leave out before an encoder's names, and adapters do not. */
  private static final List<String> PREFIXES = List.of("bert.", "roberta.");

  private AdaptedModel() {}

  /**
   * Opens an adapter's overlays on a model, and replaces the tensors that it brings whole.
   *
   * @param model the base model, as loaded
   * @throws UsageException when the adapter is for another model: the message names the first
   *     module or tensor that does not fit
   */
  public static void open(Transformer model, PeftAdapter adapter) {
    Map<String, LinearLayer> layers =
        model.layers().stream().collect(Collectors.toMap(LinearLayer::name, Function.identity()));
    Map<String, Parameter> parameters =
        model.parameters().stream()
            .filter(parameter -> parameter.size() > 0)
            .collect(Collectors.toMap(Parameter::name, Function.identity()));
    for (LoraModule module : adapter.modules()) {
      LinearLayer layer = layers.get(own(module.name(), layers.keySet()));
      if (layer == null || layer.in() != module.in() || layer.out() != module.out()) {
        throw new UsageException(
            "the adapter changes module %s, %d to %d, and the model has no such layer"
                .formatted(module.name(), module.in(), module.out()));
      }
      layer.restore(factor(layer, module));
    }
    adapter.whole().forEach((name, tensor) -> replace(parameters, name, tensor));
  }

  private static String own(String name, Set<String> names) {
    return PREFIXES.stream()
        .filter(name::startsWith)
        .map(prefix -> name.substring(prefix.length()))
        .filter(names::contains)
        .findFirst()
        .orElse(name);
  }

  private static LayerFactor factor(LinearLayer layer, LoraModule module) {
    int rank = module.rank();
    float[] left = Matrix.transposed(module.a(), rank, module.in());
    float[] right = Matrix.transposed(module.b(), module.out(), rank);
    return new LayerFactor(
        layer.name(),
        0,
        new LowRank(module.in(), module.out(), rank, (float) module.scale(), left, right));
  }

  private static void replace(Map<String, Parameter> parameters, String name, WholeTensor tensor) {
    Parameter parameter = parameters.get(own(name, parameters.keySet()));
    boolean turned = TensorNames.isLinear(name, tensor.shape());
    List<Long> shape =
        turned ? List.of(tensor.shape().get(1), tensor.shape().get(0)) : tensor.shape();
    if (parameter == null || !parameter.shape().equals(shape)) {
      throw new UsageException(
          "the adapter has tensor %s %s, and the model %s"
              .formatted(
                  name,
                  tensor.shape(),
                  parameter == null ? "has none of that name" : "has it as " + parameter.shape()));
    }
    float[] values =
        turned
            ? Matrix.transposed(
                tensor.values(),
                Math.toIntExact(tensor.shape().get(0)),
                Math.toIntExact(tensor.shape().get(1)))
            : tensor.values();
    new HostTensor(name, shape, values).into(parameter);
  }
}
