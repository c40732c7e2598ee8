package dev.rivulet.trainer.method;

import dev.rivulet.schemas.fold.Rounding;

/** How weights are rounded when factors are sealed into them. */
@FunctionalInterface
interface SealRounding {
  /** To the nearest value. */
  SealRounding NEAREST = (layer, refresh) -> Rounding.NEAREST;

  /**
   * Returns how a factor is rounded in.
   *
   * @param layer name of the layer
   * @param refresh the refresh that opened the factor
   */
  Rounding of(String layer, int refresh);
}
