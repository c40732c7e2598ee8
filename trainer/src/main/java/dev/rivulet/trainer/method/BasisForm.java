package dev.rivulet.trainer.method;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.rivulet.schemas.quant.Nf4;
import dev.rivulet.trainer.spectrum.Sketch;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;

/** How the basis of an overlay, [short, rank], is kept. */
enum BasisForm {
  /** As the range finder finds it: orthonormal columns in float32. */
  EXACT,

  /**
   * Rounded to values that NF4 holds, in blocks along the rows: columns that are nearly orthonormal
   * only, so that the pseudo-inverse is not the transpose.
   */
  NF4;

  /** Returns the leading columns of a sketch's basis in this form. */
  NDArray leading(Kernels kernels, NDManager owner, Sketch sketch, int rank) {
    NDArray leading = kernels.callOne(owner, "leading", sketch.basis(), new double[] {rank});
    if (this == EXACT) {
      return leading;
    }
    long rows = leading.getShape().get(0);
    float[] rounded = Nf4.dequantize(Nf4.quantize(leading.toFloatArray()));
    leading.close();
    return Parameter.of("basis", owner, rounded, rows, rank).value();
  }

  /**
   * Returns basisᵀ·G, [rank, long], of a basis from {@link #leading}. For a rounded basis, G is
   * what the sketch has of it.
   *
   * @param sketch of G
   */
  NDArray projected(Kernels kernels, NDManager owner, Sketch sketch, NDArray basis) {
    if (this == NF4) {
      return kernels.callOne(owner, "through", basis, sketch.basis(), sketch.projected());
    }
    NDArray leading = sketch.projected().get("0:" + basis.getShape().get(1));
    leading.attach(owner);
    return leading;
  }

  /** Returns the transposed pseudo-inverse of a basis in this form, to be read only. */
  NDArray dual(Kernels kernels, NDManager owner, NDArray basis) {
    return this == EXACT ? basis : kernels.callOne(owner, "dual", basis);
  }

  /** Returns an orthonormal basis of the same space, to be read only. */
  NDArray orthonormal(Kernels kernels, NDManager owner, NDArray basis) {
    return this == EXACT ? basis : kernels.callOne(owner, "orthonormal", basis);
  }
}
