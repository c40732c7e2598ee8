package dev.rivulet.schemas.version;

import dev.rivulet.schemas.fold.BaseWeight;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** What the log makes of a base model up to a checkpoint. Matrices are [in, out], row-major. */
sealed interface History permits FactorHistory, ReplayHistory {

  /** Returns the shapes of the tensors that are trained whole, as in memory, by name. */
  Map<String, List<Long>> whole();

  /** Returns one of them. */
  float[] whole(String name);

  /**
   * Returns a layer's weight with all that was sealed into it.
   *
   * @param base makes the weight of the base model; it may be changed
   */
  BaseWeight sealed(String layer, int in, int out, Supplier<BaseWeight> base);

  /**
   * Returns how many factors a layer's sealed weight has, and the digest of all that it is made
   * from: what a snapshot keeps beside it.
   *
   * @throws IllegalArgumentException when a weight of this kind cannot be gone on from
   */
  String origin(String layer);

  /** Returns a layer's overlay in force, where it has one. */
  Optional<LowRank> open(String layer, int in, int out);

  /**
   * Returns what one of the tensors that are trained whole, or a layer's weight, is made of: where
   * that is alike, so are the bits. Empty for a layer that is as it was in the base model.
   */
  String identity(String tensorOrLayer);
}
