package dev.rivulet.trainer.factor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
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
   */
  public static Weight of(
      Kernels kernels, String name, BaseForm form, float[] floats, int in, int out) {
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
    if (form == BaseForm.FP32) {
      return values.value().toFloatArray();
    }
    try (NDManager scratch = kernels.manager().newSubManager()) {
      return kernels.callOne(scratch, "widened", values.value(), absmax.value()).toFloatArray();
    }
  }

  /** Replaces the weight by dense values, [in, out], row-major, brought into its form. */
  public void set(float[] floats) {
    values.replace(floats, in, out);
    if (form == BaseForm.BF16) {
      NDArray narrowed = kernels.callOne(kernels.manager(), "narrowed", values.value());
      values.replace(narrowed, BF16_BYTES);
    }
  }
}
