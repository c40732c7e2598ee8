package dev.rivulet.schemas.lozo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.fold.BaseWeight;
import dev.rivulet.schemas.fold.KeyedRandom;
import dev.rivulet.schemas.fold.LayerFactor;
import dev.rivulet.schemas.fold.RoundingPolicy;
import dev.rivulet.schemas.record.Step;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Compares the replay with the formulas of the paper in its layout, and tests reading of the log.
 */
class LozoReplayTest {
  private static final int IN = 7;
  private static final int OUT = 5;
  private static final int RANK = 2;
  private static final int REDRAW_EVERY = 3;
  private static final long SEED = 11;
  private static final String LAYER = "encoder.dense";
  private static final String BIAS = "encoder.dense.bias";

  /**
   * W ← W − lr·N·Vᵀ/r with N = Σ c·U, or N ← β·N + (1 − β)·Σ c·U (first N = Σ c·U) and N ←
   * N·V_oldᵀ· V_new/n when V changes; W, U, V, N as in the paper, [m, n], [m, r], [n, r], [m, r],
   * in float64.
   */
  @ParameterizedTest
  @CsvSource({"0, 0", "0.7, 0", "0, 3", "0.9, 2"})
  @Tag("cross-check")
  void apply_steps_equalsTheUpdateOfThePaper(double momentum, int queries) {
    LozoSettings settings = settings(momentum, queries);
    float[] base = KeyedRandom.of(0, "base", "", 0).normal(IN * OUT);
    float[] bias = KeyedRandom.of(0, "bias", "", 0).normal(OUT);
    LozoReplay replay = replay(settings, base.clone(), bias);
    double[] weight = transposed(base);
    double[] vector = doubles(bias);
    double[] mean = new double[OUT * RANK];
    double[] before = new double[0];
    for (int step = 1; step <= 11; step++) {
      int draw = (step - 1) / REDRAW_EVERY;
      double[] v = doubles(KeyedRandom.of(SEED, "lozo.v", LAYER, draw).normal(IN * RANK)); // [n, r]
      double rate = 0.01 * step;
      Step record = step(0, step, rate, Math.max(1, queries));
      replay.apply(record);

      if (momentum > 0 && step > 1 && (step - 1) % REDRAW_EVERY == 0) {
        mean = times(mean, overlap(before, v), OUT, RANK, RANK);
      }
      double[] estimate = new double[OUT * RANK];
      StepScalars scalars = StepScalars.of(record.getZerothOrder());
      for (int k = 0; k < scalars.coefficients().length; k++) {
        KeyedRandom ofU = KeyedRandom.of(scalars.key(), "lozo.u", LAYER, k);
        double[] u = swapped(doubles(ofU.normal(RANK * OUT)), RANK, OUT); // [m, r]
        double[] z = doubles(KeyedRandom.of(scalars.key(), "lozo.z", BIAS, k).normal(OUT));
        for (int i = 0; i < u.length; i++) {
          estimate[i] += scalars.coefficients()[k] * u[i];
        }
        for (int i = 0; i < OUT; i++) {
          vector[i] -= rate * scalars.coefficients()[k] * z[i];
        }
      }
      for (int i = 0; i < mean.length; i++) {
        mean[i] =
            momentum == 0 || step == 1
                ? estimate[i]
                : momentum * mean[i] + (1 - momentum) * estimate[i];
      }
      double[] update = times(mean, swapped(v, IN, RANK), OUT, RANK, IN);
      for (int i = 0; i < weight.length; i++) {
        weight[i] -= rate * update[i] / RANK;
      }
      before = v;
      assertThat(swapped(doubles(effective(replay)), IN, OUT))
          .containsExactly(weight, within(1e-5));
      assertThat(doubles(replay.weights().dense(BIAS))).containsExactly(vector, within(1e-5));
    }
    assertThat(replay.weights().redraw()).isEqualTo(3);
  }

  @Test
  void apply_withheldStep_changesNothingAndIsNotCounted() {
    LozoSettings settings = settings(0.7, 0);
    LozoReplay with = replay(settings);
    LozoReplay without = replay(settings);
    for (int step = 1; step <= 8; step++) {
      // Step 4 would be the first after a redraw.
      if (step == 4) {
        with.apply(draft(0, step, 0.1, 1).setApplied(false).setZerothOrder(null).build());
      } else {
        with.apply(step(0, step, 0.1, 1));
        without.apply(draft(0, step, 0.1, 1).setStep(step < 4 ? step : step - 1).build());
      }
    }
    assertThat(effective(with)).containsExactly(effective(without));
    assertThat(with.weights().updates()).isEqualTo(7);
  }

  @Test
  void apply_gapOrAnotherMethod_isRefused() {
    LozoReplay replay = replay(settings(0, 0));
    replay.apply(step(0, 1, 0.1, 1));
    assertThatExceptionOfType(RunException.class)
        .isThrownBy(() -> replay.apply(step(0, 3, 0.1, 1)))
        .withMessageContaining("step 3 follows step 1");
    assertThatExceptionOfType(RunException.class)
        .isThrownBy(() -> replay.apply(step(0, 2, 0.1, 2)))
        .withMessageContaining("2 coefficients for 1 directions");
    Step firstOrder = draft(0, 2, 0.1, 1).setZerothOrder(null).build();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> replay.apply(firstOrder))
        .withMessageContaining("step 2: a step of method lozo has no scalars");
    assertThat(replay.step()).isEqualTo(1);
  }

  /** Epoch 1 resumes after step 2; epoch 2 resumes after step 1 and ends at step 3. */
  @Test
  void newestLine_rollbacks_omitsSupersededSteps() {
    List<Step> steps = new ArrayList<>();
    for (int step = 1; step <= 5; step++) {
      steps.add(step(0, step, 0, 1));
    }
    for (int step = 3; step <= 6; step++) {
      steps.add(step(1, step, 0, 1));
    }
    assertThat(LozoReplay.newestLine(steps))
        .extracting(at -> at.getEpoch() + ":" + at.getStep())
        .containsExactly("0:1", "0:2", "1:3", "1:4", "1:5", "1:6");
    steps.add(step(2, 2, 0, 1));
    steps.add(step(2, 3, 0, 1));
    assertThat(LozoReplay.newestLine(steps))
        .extracting(at -> at.getEpoch() + ":" + at.getStep())
        .containsExactly("0:1", "2:2", "2:3");
  }

  @Test
  void scalars_toRecordAndBack_areTheSame() {
    for (float[] coefficients : List.of(new float[] {-0f}, new float[] {1.5f, 0, -2e-30f})) {
      StepScalars back = StepScalars.of(new StepScalars(7, coefficients).toRecord());
      assertThat(back.coefficients()).containsExactly(coefficients);
      assertThat(back.key()).isEqualTo(7);
    }
  }

  private static LozoSettings settings(double momentum, int queries) {
    return new LozoSettings(SEED, RANK, REDRAW_EVERY, momentum, queries, RoundingPolicy.NEAREST);
  }

  private static LozoReplay replay(LozoSettings settings) {
    return replay(settings, new float[IN * OUT], new float[OUT]);
  }

  private static LozoReplay replay(LozoSettings settings, float[] base, float[] bias) {
    return new LozoReplay(
        settings, Map.of(LAYER, new BaseWeight.Float32(IN, OUT, base)), Map.of(BIAS, bias));
  }

  /** Returns the weight including its open overlay, [in, out]. */
  private static float[] effective(LozoReplay replay) {
    LayerFactor open = replay.weights().open(LAYER);
    BaseWeight weight = new BaseWeight.Float32(IN, OUT, replay.base(LAYER).floats());
    weight.add(open.update(), open.rounding());
    return weight.floats();
  }

  /** Returns a record whose coefficients are a function of the step. */
  private static Step step(int epoch, long step, double learningRate, int directions) {
    return draft(epoch, step, learningRate, directions).build();
  }

  private static Step.Builder draft(int epoch, long step, double learningRate, int directions) {
    float[] coefficients = KeyedRandom.of(0, "coefficients", "", step).normal(directions);
    long key = new LozoWeights(settings(0, 0), List.of(), Map.of()).key(step);
    return Step.newBuilder()
        .setRun("run")
        .setEpoch(epoch)
        .setStep(step)
        .setTotalSteps(20)
        .setTimestamp(Instant.EPOCH)
        .setMethod("lozo")
        .setDataEpoch(0)
        .setBatches(List.of())
        .setLoss(1)
        .setGradientNorm(1)
        .setLearningRate(learningRate)
        .setTokens(1)
        .setApplied(true)
        .setSeconds(1)
        .setWaitSeconds(0)
        .setWeightBytes(1)
        .setOptimizerBytes(1)
        .setPeakBytes(1)
        .setZerothOrder(new StepScalars(key, coefficients).toRecord());
  }

  /** Returns V_oldᵀ·V_new/n, [r, r]. */
  private static double[] overlap(double[] before, double[] after) {
    double[] product = times(swapped(before, IN, RANK), after, RANK, IN, RANK);
    return Arrays.stream(product).map(value -> value / IN).toArray();
  }

  private static double[] times(double[] a, double[] b, int rows, int depth, int cols) {
    double[] product = new double[rows * cols];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < cols; j++) {
        for (int k = 0; k < depth; k++) {
          product[i * cols + j] += a[i * depth + k] * b[k * cols + j];
        }
      }
    }
    return product;
  }

  private static double[] transposed(float[] values) {
    return swapped(doubles(values), IN, OUT);
  }

  private static double[] swapped(double[] values, int rows, int cols) {
    double[] swapped = new double[values.length];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < cols; j++) {
        swapped[j * rows + i] = values[i * cols + j];
      }
    }
    return swapped;
  }

  private static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }
}
