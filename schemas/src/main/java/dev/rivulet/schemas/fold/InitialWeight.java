package dev.rivulet.schemas.fold;

/** Initial values of a weight that no file provides: normal, keyed by seed and name. */
public final class InitialWeight {
  private InitialWeight() {}

  /**
   * Returns values from N(0, sigma²), with the same bits on every machine.
   *
   * @param name name of the tensor
   */
  public static float[] drawn(long seed, String name, int count, float sigma) {
    float[] values = KeyedRandom.of(seed, "initial-weight", name, 0).normal(count);
    for (int i = 0; i < values.length; i++) {
      values[i] *= sigma;
    }
    return values;
  }
}
