package dev.rivulet.trainer.score;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * GoRA's score of a layer (arXiv 2502.12171): the mean of |W ∘ G| over the weight, with G the
 * gradient of the mean loss of all batches. To first order it is the mean change of the loss when
 * one entry of the weight is left out. Needs labels.
 */
public final class GradientImportance {
  private GradientImportance() {}

  /**
   * Measures layers of a model. The full gradients of one block exist at a time.
   *
   * @return the score by name of the layer, in the order of the layers
   */
  public static Map<String, Double> measure(
      Transformer model, List<LinearLayer> layers, List<TokenBatch> batches) {
    Kernels kernels = model.kernels();
    Map<Parameter, LinearLayer> layerOfWeight =
        layers.stream().collect(Collectors.toMap(LinearLayer::weight, Function.identity()));
    Map<String, Double> scores = new LinkedHashMap<>();
    layers.forEach(layer -> scores.put(layer.name(), Double.NaN));
    try (NDManager scratch = kernels.manager().newSubManager()) {
      float unused =
          model.gradientsByBlock(
              batches,
              layerOfWeight.keySet(),
              (parameter, gradient) -> {
                LinearLayer layer = layerOfWeight.get(parameter);
                if (layer != null) {
                  List<NDArray> dense = layer.dense().stream().map(Parameter::value).toList();
                  NDArray mean = kernels.callOne(scratch, "importance", dense, gradient);
                  scores.put(layer.name(), mean.getDouble());
                }
                gradient.close();
              });
    }
    return scores;
  }
}
