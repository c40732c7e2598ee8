package dev.rivulet.trainer.method;

/** What becomes of Adam's moments of a layer's factor when its basis changes. */
public enum MomentPolicy {
  /** They are carried into the new subspace. */
  TRANSPORT,

  /** They are forgotten, and start from the gradient at which the basis changes. */
  RESET
}
