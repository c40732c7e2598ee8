package dev.rivulet.schemas.fold;

import dev.rivulet.schemas.quant.Nf4;
import dev.rivulet.schemas.quant.Nf4Tensor;
import dev.rivulet.schemas.quant.QuantizedAbsmax;
import dev.rivulet.schemas.tensor.Bfloat16;
import dev.rivulet.schemas.tensor.ElementType;

/** How the frozen weight of a linear layer is kept; a run's configuration names it as base. */
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

  /** Returns whether this form holds every value of a file's element type as it is. */
  public boolean keeps(ElementType type) {
    return this == FP32 || (this == BF16 && type == ElementType.BF16);
  }

  /**
   * Returns a weight in this form.
   *
   * @param values [in, out], row-major; those of a float32 weight are not copied
   */
  public BaseWeight weight(float[] values, int in, int out) {
    return switch (this) {
      case FP32 -> new BaseWeight.Float32(in, out, values);
      case BF16 -> new BaseWeight.Bf16(in, out, Bfloat16.toBits(values));
      case NF4 -> new BaseWeight.Packed(in, out, Nf4.quantize(values));
      case NF4_DQ -> BaseWeight.DoublyPacked.of(in, out, Nf4.quantize(values));
    };
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
