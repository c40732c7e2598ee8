package dev.rivulet.trainer.model;

import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The parameters of a block.
 *
 * @param layers linear layers, in the order of the family's kernel
 * @param norms parameters of the norms, in the order of the family's kernel
 */
record Block(List<LinearLayer> layers, List<Parameter> norms) {

  /** Layers of the attention half, which come first: query, key, value, output. */
  private static final int ATTENTION_LAYERS = 4;

  /**
   * What of a block runs by itself: all of it, or one half, with its share of the layers and norms.
   */
  enum Piece {
    BLOCK,
    ATTENTION,
    FEED_FORWARD;

    /** Returns what the piece is called in the names of kernels. */
    String kernel() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Returns the parameters of a piece. */
  Set<Parameter> parameters(Piece piece) {
    Block attention =
        new Block(layers.subList(0, ATTENTION_LAYERS), norms.subList(0, norms.size() / 2));
    return switch (piece) {
      case BLOCK -> Set.copyOf(parameters());
      case ATTENTION -> Set.copyOf(attention.parameters());
      case FEED_FORWARD -> {
        Set<Parameter> rest = new HashSet<>(parameters());
        rest.removeAll(attention.parameters());
        yield rest;
      }
    };
  }

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
