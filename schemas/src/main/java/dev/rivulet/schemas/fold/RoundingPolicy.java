package dev.rivulet.schemas.fold;

/** The rule by which a run rounds a weight when it seals a factor. */
public enum RoundingPolicy {
  /** To the nearest value. */
  NEAREST,

  /** Stochastically, with a separate key for every sealed factor. */
  STOCHASTIC;

  /**
   * Returns the rounding for sealing one factor.
   *
   * @param seed seed of the run
   * @param layer name of the layer
   * @param refresh the refresh (or redraw) that opened the factor
   */
  public Rounding of(long seed, String layer, int refresh) {
    return switch (this) {
      case NEAREST -> Rounding.NEAREST;
      case STOCHASTIC ->
          new Rounding(KeyedRandom.of(seed, "fold.rounding", layer, refresh).bits(0));
    };
  }
}
