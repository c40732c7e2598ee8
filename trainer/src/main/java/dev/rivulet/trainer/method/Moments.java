package dev.rivulet.trainer.method;

/** What becomes of Adam's moments when a layer gets a new basis. The count of updates goes on. */
public enum Moments {
  /**
   * They are carried into the new subspace, with the second-moment rule of LDAdam (arXiv
   * 2410.16103), and filled where the old basis did not reach.
   */
  TRANSPORT,
  /** They stay as they are, as in GaLore (arXiv 2403.03507); the rank must stay too. */
  KEEP,
  /** They start again from 0. */
  RESET
}
