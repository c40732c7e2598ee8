package dev.rivulet.trainer.method;

/** What becomes of Adam's moments of a layer's factor when its basis changes. */
public enum MomentPolicy {
  /**
   * They are carried into the new subspace, with the second-moment rule of LDAdam (arXiv
   * 2410.16103), and filled from the gradient where the old basis did not reach.
   */
  TRANSPORT,

  /** They are forgotten, and start from the gradient at which the basis changes. */
  RESET,

  /** They stay as they are, as in GaLore (arXiv 2403.03507); the rank must stay too. */
  KEEP
}
