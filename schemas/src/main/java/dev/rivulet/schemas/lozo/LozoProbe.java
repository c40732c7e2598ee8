package dev.rivulet.schemas.lozo;

import dev.rivulet.schemas.failure.UsageException;
import java.util.Arrays;

/**
 * How LOZO measures the slope of the loss: where it is evaluated, and what follows from the values.
 *
 * <p>The central pair evaluates F at W + ε·D and W − ε·D for one direction D, and c = (F₊ − F₋)/2ε:
 * for a quadratic loss that is the slope ⟨∇F, D⟩, whatever ε is. K one-sided queries evaluate F at
 * W and at W + ε·D_k; then c_k = (F_k − F₀)/(K·ε), or c_k = (F_k − F₀)/(K·σ) where they are
 * normalised by σ, the standard deviation of F_1 … F_K (as FZOO does).
 *
 * @param queries K; 0 for the central pair
 * @param epsilon ε, above 0
 * @param normalise whether to divide by the standard deviation, for at least two queries
 */
public record LozoProbe(int queries, double epsilon, boolean normalise) {

  /** Checks the ranges. */
  public LozoProbe {
    if (!(epsilon > 0)) {
      throw new UsageException("epsilon %s: use a number above 0".formatted(epsilon));
    }
    if (normalise && queries < 2) {
      throw new UsageException(
          "normalise with %d queries: a standard deviation takes at least 2".formatted(queries));
    }
  }

  /**
   * What the losses say.
   *
   * @param loss at the weights, in nats: F₀, or for the central pair (F₊ + F₋)/2
   * @param slope |c| of the central pair; with queries the root mean square of (F_k − F₀)/ε
   * @param coefficients factor of each direction in the update
   */
  public record Estimate(double loss, double slope, float[] coefficients) {

    /** Returns whether nothing is infinite or NaN. */
    public boolean isFinite() {
      boolean finite = Double.isFinite(loss) && Double.isFinite(slope);
      for (float coefficient : coefficients) {
        finite &= Float.isFinite(coefficient);
      }
      return finite;
    }
  }

  /** Returns how many times the loss is evaluated. */
  public int parts() {
    return queries == 0 ? 2 : queries + 1;
  }

  /**
   * Returns the values of a tensor at every evaluation, one after the other.
   *
   * @param values of the tensor at the weights
   * @param directions one of the tensor's size per direction
   * @return {@link #parts} times the tensor's size
   */
  public float[] spread(float[] values, float[][] directions) {
    float[] spread = new float[Math.multiplyExact(parts(), values.length)];
    for (int part = 0; part < parts(); part++) {
      int at = part * values.length;
      System.arraycopy(values, 0, spread, at, values.length);
      float offset = (float) offset(part);
      if (offset != 0) {
        float[] direction = directions[queries == 0 ? 0 : part - 1];
        for (int i = 0; i < values.length; i++) {
          spread[at + i] = Math.fma(offset, direction[i], values[i]);
        }
      }
    }
    return spread;
  }

  private double offset(int part) {
    if (queries == 0) {
      return part == 0 ? epsilon : -epsilon;
    }
    return part == 0 ? 0 : epsilon;
  }

  /** Returns what the losses of the evaluations say, in the order of {@link #spread}. */
  public Estimate estimate(double[] losses) {
    if (losses.length != parts()) {
      throw new IllegalArgumentException(
          "%d losses of %d evaluations".formatted(losses.length, parts()));
    }
    return queries == 0 ? central(losses[0], losses[1]) : oneSided(losses);
  }

  private Estimate central(double plus, double minus) {
    double slope = (plus - minus) / (2 * epsilon);
    return new Estimate((plus + minus) / 2, Math.abs(slope), new float[] {(float) slope});
  }

  private Estimate oneSided(double[] losses) {
    double unit = normalise ? deviation(losses) : epsilon;
    float[] coefficients = new float[queries];
    double squares = 0;
    for (int k = 0; k < queries; k++) {
      double rise = losses[k + 1] - losses[0];
      squares += rise * rise;
      // Queries that all see the same loss tell no direction from another.
      coefficients[k] = unit == 0 ? 0 : (float) (rise / (queries * unit));
    }
    return new Estimate(losses[0], Math.sqrt(squares / queries) / epsilon, coefficients);
  }

  /** The standard deviation of the queries' losses (with K − 1). */
  private double deviation(double[] losses) {
    double mean = Arrays.stream(losses).skip(1).sum() / queries;
    double squares = 0;
    for (int k = 1; k <= queries; k++) {
      squares += (losses[k] - mean) * (losses[k] - mean);
    }
    return Math.sqrt(squares / (queries - 1));
  }
}
