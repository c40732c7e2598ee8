package dev.rivulet.schemas.fold;

import dev.rivulet.schemas.quant.Nf4;
import dev.rivulet.schemas.tensor.Bfloat16;
import dev.rivulet.schemas.tensor.ElementType;

/** How the frozen weight of a linear layer is kept; a run's configuration names it as base. */
public enum BaseForm {
  /** float32. */
  FP32,
  /** bfloat16: sealing rounds once to nearest even. */
  BF16,
  /** NF4 (Dettmers et al., arXiv 2305.14314), blocks of 64: sealing quantises anew. */
  NF4;

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
    };
  }

  /** Returns values as this form holds them, in an array that may be the same. */
  public float[] rounded(float[] values) {
    return switch (this) {
      case FP32 -> values;
      case BF16 -> Bfloat16.fromBits(Bfloat16.toBits(values));
      case NF4 -> Nf4.dequantize(Nf4.quantize(values));
    };
  }
}
