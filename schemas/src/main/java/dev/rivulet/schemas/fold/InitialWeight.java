package dev.rivulet.schemas.fold;

/** First values of a weight that no file has: normal, keyed by seed and name. */
public final class InitialWeight {
  private InitialWeight() {}

  /**
   * Returns values from N(0, sigma²); the same on every machine.
   *
   * @param name of the tensor
   */
  public static float[] drawn(long seed, String name, int count, float sigma) {
    float[] values = KeyedRandom.of(seed, "initial-weight", name, 0).normal(count);
    for (int i = 0; i < values.length; i++) {
      values[i] *= sigma;
    }
    return values;
  }
}
