package dev.rivulet.trainer.factor;

/** How the frozen weight of a linear layer is kept. */
public enum BaseForm {
  /** float32. */
  FP32,
  /** bfloat16: sealing rounds once to nearest even. */
  BF16,
  /** NF4 (Dettmers et al., arXiv 2305.14314), blocks of 64: sealing quantises anew. */
  NF4
}
