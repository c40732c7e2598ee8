package dev.rivulet.trainer.factor;

import dev.rivulet.schemas.fold.Rounding;
import dev.rivulet.schemas.quant.Nf4;
import dev.rivulet.schemas.quant.Nf4Tensor;
import dev.rivulet.schemas.quant.QuantizedAbsmax;
import dev.rivulet.schemas.tensor.Bfloat16;

/** How the frozen weight of a linear layer is kept. */
public enum BaseForm {
  /** float32. */
  FP32,
  /** bfloat16: sealing rounds once. */
  BF16,
  /** NF4 (Dettmers et al., arXiv 2305.14314), blocks of 64: sealing quantises anew. */
  NF4,
  /** NF4 with double quantisation: the absmax of the blocks in 8 bits, brought to them anew too. */
  NF4_DQ;

  /** Returns whether values are codes of 4 bits. */
  public boolean isPacked() {
    return this == NF4 || this == NF4_DQ;
  }

  /**
   * Returns values as this form holds them, in an array that may be the same: the bits that a fold
   * gives.
   */
  public float[] rounded(float[] values, Rounding rounding) {
    return switch (this) {
      case FP32 -> values;
      case BF16 -> Bfloat16.fromBits(rounding.toBfloat16(values));
      case NF4 -> Nf4.dequantize(rounding.toNf4(values));
      case NF4_DQ -> {
        Nf4Tensor tensor = rounding.toNf4(values);
        float[] absmax = QuantizedAbsmax.of(tensor.absmax()).dequantize();
        yield Nf4.dequantize(new Nf4Tensor(tensor.codes(), absmax, values.length));
      }
    };
  }
}
