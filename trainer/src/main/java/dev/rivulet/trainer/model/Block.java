package dev.rivulet.trainer.model;

import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.List;
import java.util.stream.Stream;

/**
 * The parameters of a block.
 *
 * @param layers linear layers, in the order of the family's kernel
 * @param norms parameters of the norms, in the order of the family's kernel
 */
record Block(List<LinearLayer> layers, List<Parameter> norms) {

  /** Returns weights, biases and norms, in the order of the family's kernel. */
  List<Parameter> dense() {
    return Stream.concat(layers.stream().flatMap(layer -> layer.dense().stream()), norms.stream())
        .toList();
  }

  /** Returns the layers' overlays, in the order of the family's kernel. */
  List<Parameter> overlays() {
    return layers.stream().flatMap(layer -> layer.overlay().stream()).toList();
  }

  /** Returns all parameters: the dense ones, then the overlays. */
  List<Parameter> parameters() {
    return Stream.concat(dense().stream(), overlays().stream()).toList();
  }

  /** Returns biases and norms. */
  List<Parameter> small() {
    return Stream.concat(layers.stream().map(LinearLayer::bias), norms.stream())
        .filter(parameter -> parameter.size() > 0)
        .toList();
  }
}
