package dev.rivulet.trainer.method;

/**
 * What alpha is divided by, for the scale of a layer's overlay. With one rank for all, the first
 * two agree.
 */
public enum LoraScaling {
  /** The layer's own rank, as in LoRA (arXiv 2106.09685), PEFT and AdaRank's code. */
  RANK,

  /** The mean rank of the layers, so that the ranks alone tell them apart. */
  MEAN_RANK,

  /** The root of the layer's own rank, as in rsLoRA (arXiv 2312.03732). */
  ROOT_RANK
}
