package dev.rivulet.trainer.spectrum;

import ai.djl.ndarray.NDArray;

/**
 * What a range finder keeps of a gradient G [short, long].
 *
 * @param basis leading left singular vectors, [short, found], orthonormal
 * @param singularValues descending, [found]
 * @param projected basisᵀ·G, [found, long]
 * @param energy ‖G‖²_F, exact
 */
public record Sketch(NDArray basis, float[] singularValues, NDArray projected, double energy)
    implements AutoCloseable {

  /** Returns whether the gradient was finite. */
  public boolean isFinite() {
    return Double.isFinite(energy);
  }

  @Override
  public void close() {
    basis.close();
    projected.close();
  }
}
