package dev.rivulet.ops.ranks;

import java.util.Locale;

/** What a layer's share of the ranks goes by. */
enum Score {
  /** How far two models come apart whose layer is disturbed (AdaRank, arXiv 2408.09015). */
  DISAGREEMENT,
  /** The mean of |W ∘ G| (GoRA, arXiv 2502.12171). */
  GRADIENT,
  /** The mean of both shares. */
  BOTH;

  boolean needsDisagreement() {
    return this != GRADIENT;
  }

  boolean needsGradient() {
    return this != DISAGREEMENT;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
