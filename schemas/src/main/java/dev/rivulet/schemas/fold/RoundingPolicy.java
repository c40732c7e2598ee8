package dev.rivulet.schemas.fold;

/** How a run rounds the weights that it seals factors into. */
public enum RoundingPolicy {
  /** To the nearest value. */
  NEAREST,

  /** Stochastically, with a key for every factor that is sealed. */
  STOCHASTIC;

  /**
   * Returns how a factor is to be rounded in.
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
