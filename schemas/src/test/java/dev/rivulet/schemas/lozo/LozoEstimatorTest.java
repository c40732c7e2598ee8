package dev.rivulet.schemas.lozo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rivulet.schemas.fold.KeyedRandom;
import dev.rivulet.schemas.fold.LayerFactor;
import dev.rivulet.schemas.fold.RoundingPolicy;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Compares the gradient estimate of an update with its theoretical moments. */
@Tag("cross-check")
class LozoEstimatorTest {
  private static final int IN = 24;
  private static final int OUT = 16;
  private static final int RANK = 4;
  private static final String LAYER = "layer";

  /**
   * For a linear loss with gradient G, the update at learning rate 1 is −ĝ: its mean is −G, and
   * E‖ĝ‖²/‖G‖² = mn + 2(m + n + r + 1)/r. Neither holds without the factor 1/r, or with the same V
   * in all draws.
   */
  @Test
  void advance_linearLoss_hasTheMomentsOfTheory() {
    int draws = 60_000;
    LozoWeights weights = weights(1);
    LozoProbe probe = new LozoProbe(0, 1e-3, false);
    float[] gradient = KeyedRandom.of(0, "gradient", "", 0).normal(IN * OUT);
    double energy = dot(gradient, gradient);
    double[] sum = new double[IN * OUT];
    double squares = 0;
    for (int step = 1; step <= draws; step++) {
      LozoDraw draw = weights.draw(weights.key(step));
      float[] coefficients = coefficients(weights, draw, probe, w -> dot(gradient, w));
      LayerFactor moved = weights.advance(draw, coefficients, 1).get(0);
      float[] update = product(moved.update().left(), moved.update().right());
      squares += dot(update, update);
      for (int i = 0; i < sum.length; i++) {
        sum[i] += update[i];
      }
    }
    double along = 0;
    for (int i = 0; i < sum.length; i++) {
      along -= sum[i] * gradient[i] / draws;
    }
    double expected = IN * OUT + 2.0 * (IN + OUT + RANK + 1) / RANK;
    assertThat(along / energy).isCloseTo(1, within(0.02));
    assertThat(squares / draws / energy).isCloseTo(expected, within(0.025 * expected));
    // The rest of the mean is noise: ‖mean‖² = ‖G‖²(1 + 405.5/draws).
    double noise = 0;
    for (double value : sum) {
      noise += value * value / draws / draws;
    }
    assertThat(noise / energy - 1).isCloseTo(0, within(0.05));
  }

  /** A quadratic loss with a full Hessian; epsilon 10 is as accurate as 0.001. */
  @Test
  void estimate_quadraticLoss_isTheSlopeAtAnyEpsilon() {
    float[] gradient = KeyedRandom.of(0, "gradient", "", 0).normal(IN * OUT);
    float[] across = KeyedRandom.of(0, "hessian", "", 0).normal(IN * OUT);
    ToDoubleFunction<float[]> loss =
        w -> dot(gradient, w) + 0.05 * dot(w, w) + 0.02 * Math.pow(dot(across, w), 2);
    requireSlope(loss, gradient, new double[] {1e-3, 0.1, 10});
    requireSlope(w -> dot(gradient, w), gradient, new double[] {1e-3, 0.1, 10});
  }

  @Test
  void estimate_quadraticLossOneSided_errsByTheCurvature() {
    LozoWeights weights = weights(1);
    LozoDraw draw = weights.draw(weights.key(1));
    float[] coefficients =
        coefficients(weights, draw, new LozoProbe(1, 0.1, false), w -> dot(w, w));
    float[] direction = product(weights.open(LAYER).update().left(), draw.factors(LAYER)[0]);

    assertThat(coefficients[0]).isCloseTo(0.1f * (float) dot(direction, direction), within(1e-3f));
  }

  private static void requireSlope(
      ToDoubleFunction<float[]> loss, float[] gradient, double[] epsilons) {
    LozoWeights weights = weights(1);
    LozoDraw draw = weights.draw(weights.key(1));
    float[] direction = product(weights.open(LAYER).update().left(), draw.factors(LAYER)[0]);
    double expected = dot(gradient, direction);
    for (double epsilon : epsilons) {
      float[] found = coefficients(weights, draw, new LozoProbe(0, epsilon, false), loss);
      assertThat((double) found[0]).isCloseTo(expected, within(1e-4 * Math.abs(expected)));
    }
  }

  /** Returns the coefficients of the probe for a loss of the overlay alone (base 0). */
  private static float[] coefficients(
      LozoWeights weights, LozoDraw draw, LozoProbe probe, ToDoubleFunction<float[]> loss) {
    float[] basis = weights.open(LAYER).update().left();
    float[] rights = probe.spread(weights.right(LAYER), draw.factors(LAYER));
    double[] losses = new double[probe.parts()];
    for (int part = 0; part < losses.length; part++) {
      float[] right = new float[RANK * OUT];
      System.arraycopy(rights, part * right.length, right, 0, right.length);
      losses[part] = loss.applyAsDouble(product(basis, right));
    }
    return probe.estimate(losses).coefficients();
  }

  private static LozoWeights weights(int redrawEvery) {
    return new LozoWeights(
        new LozoSettings(3, RANK, redrawEvery, 0, 0, RoundingPolicy.NEAREST),
        List.of(new LozoWeights.Layer(LAYER, IN, OUT)),
        Map.of());
  }

  private static float[] product(float[] left, float[] right) {
    float[] product = new float[IN * OUT];
    for (int i = 0; i < IN; i++) {
      for (int j = 0; j < OUT; j++) {
        double sum = 0;
        for (int k = 0; k < RANK; k++) {
          sum += (double) left[i * RANK + k] * right[k * OUT + j];
        }
        product[i * OUT + j] = (float) sum;
      }
    }
    return product;
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
