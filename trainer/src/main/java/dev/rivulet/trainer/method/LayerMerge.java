package dev.rivulet.trainer.method;

import ai.djl.ndarray.NDArray;
import dev.rivulet.schemas.fold.LayerFactor;
import dev.rivulet.trainer.factor.LinearLayer;
import java.util.Optional;

/** Replaces the overlay of a layer by the next one. */
interface LayerMerge {

  /**
   * Seals the overlay of a layer, if it has one, and opens the next.
   *
   * @param basis of the next overlay, [short, rank]
   * @param opened the refresh that opened the old overlay
   * @return what was sealed into the weight; none where there was no overlay
   */
  Optional<LayerFactor> sealAndReopen(LinearLayer layer, NDArray basis, int opened);
}
