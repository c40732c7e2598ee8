package dev.rivulet.trainer.model;

import ai.djl.ndarray.NDArray;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The parameters of an encoder block.
 *
 * @param layers query, key, value, attention output, intermediate, output
 * @param attentionNorm weight and bias
 * @param outputNorm weight and bias
 */
record BertBlock(
    List<LinearLayer> layers, List<Parameter> attentionNorm, List<Parameter> outputNorm) {
  private static final int ATTENTION_LAYERS = 4;

  /** Returns the parameters in the order that the kernel {@code bert_block} takes. */
  List<Parameter> parameters() {
    List<Parameter> all = new ArrayList<>();
    layers.subList(0, ATTENTION_LAYERS).forEach(layer -> all.addAll(layer.parameters()));
    all.addAll(attentionNorm);
    layers
        .subList(ATTENTION_LAYERS, layers.size())
        .forEach(layer -> all.addAll(layer.parameters()));
    all.addAll(outputNorm);
    return all;
  }

  List<NDArray> values() {
    return parameters().stream().map(Parameter::value).toList();
  }

  /** Returns biases and norms. */
  List<Parameter> small() {
    return Stream.of(
            layers.stream().map(LinearLayer::bias), attentionNorm.stream(), outputNorm.stream())
        .flatMap(parameters -> parameters)
        .toList();
  }
}
