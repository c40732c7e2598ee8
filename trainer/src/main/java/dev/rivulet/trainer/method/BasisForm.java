package dev.rivulet.trainer.method;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.rivulet.trainer.spectrum.Sketch;
import dev.rivulet.trainer.tensor.Kernels;

/** How the basis of an overlay is kept. */
enum BasisForm {
  /** As the range finder finds it: orthonormal columns in float32. */
  EXACT;

  /** Returns the leading columns of a sketch's basis in this form, [short, rank]. */
  NDArray leading(Kernels kernels, NDManager owner, Sketch sketch, int rank) {
    return kernels.callOne(owner, "leading", sketch.basis(), new double[] {rank});
  }

  /**
   * Returns basisᵀ·G, [rank, long], of what {@link #leading} gave.
   *
   * @param sketch of G
   */
  NDArray projected(Kernels kernels, NDManager owner, Sketch sketch, NDArray basis) {
    NDArray leading = sketch.projected().get("0:" + basis.getShape().get(1));
    leading.attach(owner);
    return leading;
  }
}
