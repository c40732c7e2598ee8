package dev.rivulet.trainer.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Matrix;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Adam's moments on their way from one subspace to the next. */
@Tag("cross-check")
class TransportTest {
  private static final int SHORT = 12;
  private static final int LONG = 20;

  private Kernels kernels;
  private NDManager scratch;

  @BeforeEach
  void load() {
    kernels = Kernels.load(Device.cpu(), 1);
    scratch = kernels.manager().newSubManager();
  }

  @AfterEach
  void close() {
    scratch.close();
    kernels.close();
  }

  @Test
  void transport_sameBasis_leavesTheMomentsAsTheyWere() {
    Matrix basis = Matrix.orthonormal("basis", SHORT, 6);
    Matrix first = Matrix.normal("first", 6, LONG);
    Matrix second = first.map(m -> m * m).plus(Matrix.normal("v", 6, LONG).map(x -> x * x));
    Matrix[] carried =
        transport(basis, basis, first, second, Matrix.normal("g", 6, LONG), 0.3, 0.02);

    assertThat(carried[0].distance(first)).isLessThan(2e-6);
    assertThat(carried[1].distance(second)).isLessThan(2e-6);
  }

  @Test
  void transport_otherRank_givesMomentsOfThatRankAndNoNegativeSecondOne() {
    Matrix old = Matrix.orthonormal("old", SHORT, 6);
    Matrix first = Matrix.normal("first", 6, LONG);
    Matrix second = Matrix.normal("second", 6, LONG).map(Math::abs);
    for (int rank : new int[] {1, 4, 6, 9, SHORT}) {
      Matrix next = Matrix.orthonormal("new", SHORT, rank);
      Matrix[] carried =
          transport(old, next, first, second, Matrix.normal("g", rank, LONG), 0.5, 0.5);

      assertThat(carried[0].rows()).isEqualTo(rank);
      assertThat(carried[1].rows()).isEqualTo(rank);
      assertThat(carried[1].cols()).isEqualTo(LONG);
      assertThat(Arrays.stream(carried[1].values()).min().orElseThrow()).isNotNegative();
    }
  }

  /**
   * For gradients whose elements vary independently, the second moment in the new basis is known:
   * the variances turn with the squares of the rotation, the means with the rotation. Keeping the
   * old moment, as GaLore does, or turning it like the first is far off.
   */
  @Test
  void transport_turnedBasis_hasTheSecondMomentOfTheTurnedGradient() {
    int rank = 8;
    Matrix turn = Matrix.orthonormal("turn", rank, rank);
    Matrix old = Matrix.orthonormal("old", SHORT, rank);
    Matrix mean = Matrix.normal("mean", rank, LONG).times(0.3);
    Matrix variance = Matrix.normal("variance", rank, LONG).map(x -> Math.exp(2 * x));
    Matrix second = variance.plus(mean.map(m -> m * m));
    Matrix truth =
        turn.transposed()
            .map(x -> x * x)
            .times(variance)
            .plus(turn.transposed().times(mean).map(m -> m * m));
    Matrix[] carried =
        transport(old, old.times(turn), mean, second, Matrix.zeros(rank, LONG), 1, 1);

    assertThat(carried[0].distance(turn.transposed().times(mean))).isLessThan(1e-5);
    assertThat(medianLogError(carried[1], truth)).isLessThan(1e-5);
    assertThat(medianLogError(second, truth)).isGreaterThan(0.4);
    assertThat(Arrays.stream(turn.transposed().times(second).values()).min().orElseThrow())
        .isNegative();
  }

  /**
   * A direction that the old basis did not hold takes a first step of full, not 3.15-fold, size.
   */
  @Test
  void transport_newDirection_isFilledSoThatTheFirstStepHasFullSize() {
    assertThat(firstStepInNewDirection(true)).isCloseTo(1, within(1e-3));
    assertThat(firstStepInNewDirection(false)).isCloseTo(3.16, within(0.02));
  }

  private double firstStepInNewDirection(boolean filled) {
    long updates = 10_000;
    AdamWConfig config = AdamWConfig.DEFAULT;
    double[] corrections = {
      1 - Math.pow(config.beta1(), (double) updates), 1 - Math.pow(config.beta2(), (double) updates)
    };
    Matrix old = identity(SHORT).leading(3);
    Matrix next = Matrix.zeros(SHORT, 3);
    next.values()[0] = 1;
    next.values()[3 + 1] = 1;
    next.values()[5 * 3 + 2] = 1;
    Matrix gradient = Matrix.zeros(3, LONG).map(x -> 0.7);
    Matrix[] carried =
        transport(
            old,
            next,
            gradient.times(corrections[0]),
            gradient.map(g -> g * g).times(corrections[1]),
            filled ? gradient : Matrix.zeros(3, LONG),
            corrections[0],
            corrections[1]);
    Parameter factor = Parameter.zeros("factor", scratch, 3, LONG);
    try (Adam adam = new Adam(kernels, config, List.of(factor));
        GradientBuffer gradients = new GradientBuffer(kernels)) {
      adam.restore(Map.of(), updates);
      adam.moments(factor).first().replace(carried[0].floats(), 3, LONG);
      adam.moments(factor).second().replace(carried[1].floats(), 3, LONG);
      gradients.accept(factor, gradient.on(scratch));
      adam.update(gradients, 1, 1);
    }
    Matrix moved = Matrix.of(factor.value());
    assertThat(moved.at(0, 0)).isCloseTo(-1, within(1e-3));
    return -moved.at(2, 0);
  }

  private Matrix[] transport(
      Matrix old, Matrix next, Matrix first, Matrix second, Matrix gradient, double c1, double c2) {
    NDList carried =
        kernels.call(
            scratch,
            "transport",
            old.on(scratch),
            next.on(scratch),
            first.on(scratch),
            second.on(scratch),
            gradient.on(scratch),
            new double[] {c1, c2});
    assertThat(carried.get(0).getShape()).isEqualTo(new Shape(next.cols(), first.cols()));
    return new Matrix[] {Matrix.of(carried.get(0)), Matrix.of(carried.get(1))};
  }

  private static double medianLogError(Matrix found, Matrix truth) {
    double[] errors = new double[truth.values().length];
    for (int i = 0; i < errors.length; i++) {
      errors[i] = Math.abs(Math.log(found.values()[i] / truth.values()[i]));
    }
    Arrays.sort(errors);
    return errors[errors.length / 2];
  }

  private static Matrix identity(int size) {
    Matrix identity = Matrix.zeros(size, size);
    for (int i = 0; i < size; i++) {
      identity.values()[i * size + i] = 1;
    }
    return identity;
  }
}
