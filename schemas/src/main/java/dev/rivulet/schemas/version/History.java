package dev.rivulet.schemas.version;

import dev.rivulet.schemas.fold.BaseWeight;
import dev.rivulet.schemas.fold.LayerFactor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The changes that a run's log makes to a base model, up to one checkpoint. Matrices are [in, out],
 * row-major.
 */
sealed interface History permits FactorHistory, ReplayHistory {

  /** Returns the shapes of the dense tensors that the run trains, as in memory, by name. */
  Map<String, List<Long>> whole();

  /** Returns one of the dense tensors that the run trains. */
  float[] whole(String name);

  /**
   * Returns a layer's weight with all factors that the lineage has sealed into it.
   *
   * @param base makes the weight of the base model; the fold may change it in place
   */
  BaseWeight sealed(String layer, int in, int out, Supplier<BaseWeight> base);

  /**
   * Returns the number of factors in a layer's sealed weight, and the digest of everything that the
   * weight depends on. A snapshot stores this with the weight.
   *
   * @throws IllegalArgumentException when a fold cannot start from weights of this kind
   */
  String origin(String layer);

  /** Returns a layer's open overlay, if it has one. */
  Optional<LayerFactor> open(String layer, int in, int out);

  /**
   * Returns the identity of a dense tensor or of a layer's weight: equal identities mean equal
   * bits. Empty for a layer that has not changed since the base model.
   */
  String identity(String tensorOrLayer);
}
