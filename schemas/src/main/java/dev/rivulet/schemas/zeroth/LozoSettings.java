package dev.rivulet.schemas.zeroth;

import dev.rivulet.schemas.fold.RoundingPolicy;

/**
 * The settings of LOZO (arXiv 2410.07698) that decide what the weights become, given the scalars of
 * the steps.
 *
 * @param seed seed of the run
 * @param rank rank r of the updates; a layer with a side that is shorter has that side's
 * @param redrawEvery updates (ν) for which V stays
 * @param momentum decay β of the momentum of LOZO-M; 0 for LOZO
 * @param queries one-sided queries of a step; 0 for the central pair along one direction
 * @param rounding how a weight is rounded when an overlay goes into it
 */
public record LozoSettings(
    long seed, int rank, int redrawEvery, double momentum, int queries, RoundingPolicy rounding) {

  /** Checks the ranges. */
  public LozoSettings {
    require(rank >= 1, "rank %d: use at least 1", rank);
    require(redrawEvery >= 1, "redrawEvery %d: use at least 1", redrawEvery);
    require(momentum >= 0 && momentum < 1, "momentum %s: use a number in [0, 1)", momentum);
    require(queries >= 0, "queries %d: use 0 for the central pair, or at least 1", queries);
  }

  private static void require(boolean condition, String message, Object value) {
    if (!condition) {
      throw new IllegalArgumentException(message.formatted(value));
    }
  }

  /** Returns the number of directions that a step looks in. */
  public int directions() {
    return Math.max(1, queries);
  }

  boolean hasMomentum() {
    return momentum > 0;
  }
}
