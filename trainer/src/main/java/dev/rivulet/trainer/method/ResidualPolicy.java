package dev.rivulet.trainer.method;

/** What becomes of the part of a gradient that the basis does not reach. */
public enum ResidualPolicy {
  /** It is left out. */
  NONE,

  /**
   * It goes into the weight, scaled as Adam scales the other part (Fira, arXiv 2410.01623). Every
   * step takes and holds the full gradients.
   */
  FIRA
}
