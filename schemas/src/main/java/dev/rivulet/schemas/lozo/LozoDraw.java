package dev.rivulet.schemas.lozo;

import static java.util.Objects.requireNonNull;

import java.util.Map;

/**
 * The random directions of one step.
 *
 * @param key of the step
 * @param factors Uᵀ by layer: one [rank, out] per direction
 * @param dense z by tensor: one of the tensor's size per direction
 */
public record LozoDraw(long key, Map<String, float[][]> factors, Map<String, float[][]> dense) {

  /** Returns a layer's Uᵀ, one [rank, out] per direction. */
  public float[][] factors(String layer) {
    return requireNonNull(factors.get(layer), layer);
  }

  /** Returns a tensor's z, one per direction. */
  public float[][] dense(String tensor) {
    return requireNonNull(dense.get(tensor), tensor);
  }
}
