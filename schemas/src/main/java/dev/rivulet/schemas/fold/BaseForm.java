package dev.rivulet.schemas.fold;

import dev.rivulet.schemas.quant.Nf4;
import dev.rivulet.schemas.quant.Nf4Tensor;
import dev.rivulet.schemas.quant.QuantizedAbsmax;
import dev.rivulet.schemas.tensor.Bfloat16;
import dev.rivulet.schemas.tensor.ElementType;

/**
 * The storage form of the frozen weight of a linear layer; the configuration key is {@code base}.
 */
public enum BaseForm {
  /** float32. */
  FP32,
  /** bfloat16: sealing rounds each value once. */
  BF16,
  /** NF4 (Dettmers et al., arXiv 2305.14314), blocks of 64: sealing quantises again. */
  NF4,
  /**
   * NF4 with double quantisation: the absmax of the blocks has 8 bits, and sealing quantises it
   * too.
   */
  NF4_DQ;

  /** Returns whether values are codes of 4 bits. */
  public boolean isPacked() {
    return this == NF4 || this == NF4_DQ;
  }

  /** Returns whether this form represents every value of an element type exactly. */
  public boolean keeps(ElementType type) {
    return this == FP32 || (this == BF16 && type == ElementType.BF16);
  }

  /**
   * Returns a weight in this form.
   *
   * @param values [in, out], row-major; not copied for FP32
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
   * Returns values rounded to this form, with the same bits as a fold leaves them. The result may
   * be the given array.
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
