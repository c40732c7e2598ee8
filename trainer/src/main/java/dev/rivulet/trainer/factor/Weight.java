package dev.rivulet.trainer.factor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.fold.Fold;
import dev.rivulet.schemas.quant.Nf4;
import dev.rivulet.schemas.quant.Nf4Tensor;
import dev.rivulet.schemas.tensor.Bfloat16;
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

  private Weight(
      Kernels kernels, BaseForm form, int in, int out, Parameter values, Parameter absmax) {
    this.kernels = kernels;
    this.form = form;
    this.in = in;
    this.out = out;
    this.values = values;
    this.absmax = absmax;
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
    if (form == BaseForm.NF4 && out % 2 != 0) {
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
            Parameter.zeros(name + ".absmax", kernels.manager(), 0));
    weight.set(floats);
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
    return List.of(values, absmax);
  }

  /** Returns a copy as dense float32, [in, out], row-major. */
  public float[] floats() {
    return switch (form) {
      case FP32 -> values.value().toFloatArray();
      case BF16, NF4 -> {
        try (NDManager scratch = kernels.manager().newSubManager()) {
          yield kernels.callOne(scratch, "widened", values.value(), absmax.value()).toFloatArray();
        }
      }
    };
  }

  /** Replaces the weight by dense values, [in, out], row-major, brought into its form. */
  private void set(float[] floats) {
    switch (form) {
      case FP32 -> values.replace(floats, in, out);
      case BF16 -> {
        values.replace(floats, in, out);
        NDArray narrowed = kernels.callOne(kernels.manager(), "narrowed", values.value());
        values.replace(narrowed, BF16_BYTES);
      }
      case NF4 -> set(Nf4.quantize(floats));
    }
  }

  private void set(Nf4Tensor tensor) {
    values.replace(tensor.codes(), in, out / 2);
    absmax.replace(tensor.absmax(), tensor.absmax().length);
  }

  /** Folds a sealed factor into the weight. */
  void add(LayerFactor factor) {
    float[] left = factor.left().values();
    float[] right = factor.right().values();
    switch (form) {
      case FP32 -> {
        float[] floats = floats();
        Fold.add(floats, in, out, left, right, factor.rank(), factor.scale());
        set(floats);
      }
      case BF16 -> {
        short[] bits = Bfloat16.toBits(floats());
        Fold.add(bits, in, out, left, right, factor.rank(), factor.scale());
        set(Bfloat16.fromBits(bits));
      }
      case NF4 -> {
        Nf4Tensor tensor =
            new Nf4Tensor(values.value().toByteArray(), absmax.value().toFloatArray(), in * out);
        Fold.add(tensor, in, out, left, right, factor.rank(), factor.scale());
        set(tensor);
      }
    }
  }
}
