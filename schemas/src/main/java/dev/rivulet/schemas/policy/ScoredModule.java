package dev.rivulet.schemas.policy;

/**
 * A linear module that a fixed rank is to be found for.
 *
 * @param name name of the module
 * @param kind shared by the same module of every block
 * @param in input width
 * @param out output width
 * @param score what its share of the ranks is in proportion to; at least 0, finite
 */
public record ScoredModule(String name, String kind, int in, int out, double score) {

  /**
   * Checks the score.
   *
   * @throws IllegalArgumentException when it is negative or not finite
   */
  public ScoredModule {
    if (!(score >= 0 && Double.isFinite(score))) {
      throw new IllegalArgumentException(
          "module %s: a score of %s; it must be finite and at least 0".formatted(name, score));
    }
  }

  /** Returns the largest rank: that of the weight itself. */
  public int shortSide() {
    return Math.min(in, out);
  }

  /** Returns the elements of both factors that one unit of rank costs. */
  public long parametersPerRank() {
    return (long) in + out;
  }

  /** Returns this module with another score. */
  public ScoredModule scored(double newScore) {
    return new ScoredModule(name, kind, in, out, newScore);
  }
}
