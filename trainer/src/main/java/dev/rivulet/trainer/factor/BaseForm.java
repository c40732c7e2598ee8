package dev.rivulet.trainer.factor;

import dev.rivulet.schemas.quant.Nf4;
import dev.rivulet.schemas.tensor.Bfloat16;

/** How the frozen weight of a linear layer is kept. */
public enum BaseForm {
  /** float32. */
  FP32,
  /** bfloat16: sealing rounds once to nearest even. */
  BF16,
  /** NF4 (Dettmers et al., arXiv 2305.14314), blocks of 64: sealing quantises anew. */
  NF4;

  /** Returns values as this form holds them, in an array that may be the same. */
  public float[] rounded(float[] values) {
    return switch (this) {
      case FP32 -> values;
      case BF16 -> Bfloat16.fromBits(Bfloat16.toBits(values));
      case NF4 -> Nf4.dequantize(Nf4.quantize(values));
    };
  }
}
