package dev.rivulet.schemas.fold;

/**
 * A low-rank update of one layer: a sealed factor is folded into the layer's weight, an open one is
 * the layer's overlay.
 *
 * @param layer name of the layer
 * @param refresh number of the refresh, or for LOZO of the redraw, that opened it, from 0
 * @param update s·L·R
 * @param rounding of the weight when the factor is folded into it
 */
public record LayerFactor(String layer, int refresh, LowRank update, Rounding rounding) {

  /** Makes a factor that is folded in with rounding to nearest. */
  public LayerFactor(String layer, int refresh, LowRank update) {
    this(layer, refresh, update, Rounding.NEAREST);
  }

  /** Returns this factor with another rounding. */
  public LayerFactor withRounding(Rounding other) {
    return new LayerFactor(layer, refresh, update, other);
  }

  /** Returns this factor with another update. */
  public LayerFactor withUpdate(LowRank other) {
    return new LayerFactor(layer, refresh, other, rounding);
  }

  /** Returns the rank of the update. */
  public int rank() {
    return update.rank();
  }
}
