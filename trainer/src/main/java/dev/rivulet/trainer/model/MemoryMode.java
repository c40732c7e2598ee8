package dev.rivulet.trainer.model;

/** What the forward pass keeps for the backward pass. */
public enum MemoryMode {
  /** The inputs of the blocks; a block's activations are computed again when its turn comes. */
  LEAN,
  /** The activations of all blocks. */
  FAST
}
