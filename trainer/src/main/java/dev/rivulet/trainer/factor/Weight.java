package dev.rivulet.trainer.factor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.fold.BaseWeight;
import dev.rivulet.schemas.fold.LayerFactor;
import dev.rivulet.schemas.quant.Nf4Tensor;
import dev.rivulet.schemas.quant.QuantizedAbsmax;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.List;

/** The weight of a linear layer, [in, out], kept in one of the forms of {@link BaseForm}. */
public final class Weight {
  private static final int BF16_BYTES = 2;

  private final Kernels kernels;
  private final BaseForm form;
  private final int in;
  private final int out;
  private final Parameter values;
  private final Parameter absmax;
  private final Parameter maxima;

  private Weight(
      Kernels kernels,
      BaseForm form,
      int in,
      int out,
      Parameter values,
      Parameter absmax,
      Parameter maxima) {
    this.kernels = kernels;
    this.form = form;
    this.in = in;
    this.out = out;
    this.values = values;
    this.absmax = absmax;
    this.maxima = maxima;
  }

  /**
   * Returns a weight.
   *
   * @param name the tensor's name in Hugging Face files
   * @param floats [in, out], row-major
   * @throws IllegalArgumentException when the width does not suit the form
   */
  public static Weight of(
      Kernels kernels, String name, BaseForm form, float[] floats, int in, int out) {
    if (form.isPacked() && out % 2 != 0) {
      throw new IllegalArgumentException(
          "tensor %s: an output width of %d is odd, which NF4 cannot keep; use another base"
              .formatted(name, out));
    }
    Weight weight =
        new Weight(
            kernels,
            form,
            in,
            out,
            Parameter.zeros(name, kernels.manager(), 0),
            Parameter.zeros(name + ".absmax", kernels.manager(), 0),
            Parameter.zeros(name + ".maxima", kernels.manager(), 0));
    weight.set(form.weight(floats, in, out));
    return weight;
  }

  /** Returns the input width. */
  public int in() {
    return in;
  }

  /** Returns the output width. */
  public int out() {
    return out;
  }

  public BaseForm form() {
    return form;
  }

  /** Returns what is kept: the parameter whose gradient is that of the dense weight. */
  public Parameter values() {
    return values;
  }

  /** Returns the tensors that kernels take, in their order. */
  List<Parameter> parameters() {
    return List.of(values, absmax, maxima);
  }

  /** Returns a copy as dense float32, [in, out], row-major. */
  public float[] floats() {
    return switch (form) {
      case FP32 -> values.value().toFloatArray();
      case BF16, NF4, NF4_DQ -> {
        try (NDManager scratch = kernels.manager().newSubManager()) {
          yield kernels
              .callOne(scratch, "widened", values.value(), absmax.value(), maxima.value())
              .toFloatArray();
        }
      }
    };
  }

  /** Returns a copy in the Java heap, of the same bits. */
  public BaseWeight copy() {
    return switch (form) {
      case FP32, BF16 -> form.weight(floats(), in, out);
      case NF4 ->
          new BaseWeight.Packed(
              in, out, new Nf4Tensor(codes(), absmax.value().toFloatArray(), in * out));
      case NF4_DQ ->
          new BaseWeight.DoublyPacked(
              in,
              out,
              codes(),
              QuantizedAbsmax.of(absmax.value().toByteArray(), maxima.value().toFloatArray()));
    };
  }

  private byte[] codes() {
    return values.value().toByteArray();
  }

  /** Replaces the weight by one of the same form and shape. */
  void set(BaseWeight weight) {
    if (weight instanceof BaseWeight.Float32 dense) {
      values.replace(dense.values(), in, out);
    } else if (weight instanceof BaseWeight.Bf16 dense) {
      values.replace(dense.floats(), in, out);
      NDArray narrowed = kernels.callOne(kernels.manager(), "narrowed", values.value());
      values.replace(narrowed, BF16_BYTES);
    } else if (weight instanceof BaseWeight.Packed packed) {
      values.replace(packed.values().codes(), in, out / 2);
      absmax.replace(packed.values().absmax(), packed.values().absmax().length);
    } else if (weight instanceof BaseWeight.DoublyPacked packed) {
      values.replace(packed.codes(), in, out / 2);
      QuantizedAbsmax quantized = packed.absmax();
      absmax.replace(quantized.codes(), quantized.codes().length);
      maxima.replace(quantized.scales(), quantized.scales().length);
    }
  }

  /** Folds a sealed factor into the weight. */
  void add(LayerFactor factor) {
    BaseWeight weight = copy();
    weight.add(factor.update(), factor.rounding());
    set(weight);
  }
}
