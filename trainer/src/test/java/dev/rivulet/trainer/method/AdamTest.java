package dev.rivulet.trainer.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
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

class AdamTest {
  private static final AdamWConfig CONFIG = new AdamWConfig(0.8, 0.95, 1e-3, 0.1);
  private static final double RATE = 0.02;
  private static final int ROWS = 3;
  private static final int VECTORS = 64;
  private static final int COLS = 5;

  private Kernels kernels;

  @BeforeEach
  void load() {
    kernels = Kernels.load(Device.cpu(), 1);
  }

  @AfterEach
  void close() {
    kernels.close();
  }

  @Test
  @Tag("cross-check")
  void update_twentySteps_equalsTheFormulaInDoublePrecision() {
    Parameter matrix = parameter("matrix", Matrix.normal("matrix", ROWS, COLS));
    Parameter vector =
        Parameter.of("vector", kernels.manager(), Matrix.normal("vector", 1, COLS).floats(), COLS);
    Reference ofMatrix = new Reference(Matrix.of(matrix.value()), CONFIG.weightDecay());
    Reference ofVector = new Reference(Matrix.of(vector.value()), 0);
    try (Adam adam = new Adam(kernels, CONFIG, List.of(matrix, vector))) {
      for (int step = 1; step <= 20; step++) {
        double scale = step % 3 == 0 ? 0.25 : 1;
        Matrix first = Matrix.normal("gradient" + step, ROWS, COLS);
        Matrix second = Matrix.normal("other" + step, 1, COLS);
        try (GradientBuffer gradients = new GradientBuffer(kernels)) {
          gradients.accept(matrix, first.on(kernels.manager()));
          gradients.accept(vector, second.on(kernels.manager()).reshape(COLS));
          adam.update(gradients, RATE, scale);
        }
        ofMatrix.update(first.times(scale), step);
        ofVector.update(second.times(scale), step);
      }
      assertThat(adam.updates()).isEqualTo(20);
      assertThat(adam.corrections()[0]).isCloseTo(1 - Math.pow(0.8, 20), within(1e-12));
      assertThat(adam.corrections()[1]).isCloseTo(1 - Math.pow(0.95, 20), within(1e-12));
      assertThat(Matrix.of(adam.moments(matrix).first().value()).distance(ofMatrix.first))
          .isLessThan(1e-5);
      assertThat(Matrix.of(adam.moments(matrix).second().value()).distance(ofMatrix.second))
          .isLessThan(1e-5);
    }
    assertThat(Matrix.of(matrix.value()).distance(ofMatrix.value)).isLessThan(1e-5);
    assertThat(Matrix.of(vector.value()).distance(ofVector.value)).isLessThan(1e-5);
  }

  /**
   * Adam treats every element alike: with a signed permutation as basis, it is Adam itself. (Rows
   * of whole vectors, as the engine rounds the elements that are left over in another way.)
   */
  @Test
  @Tag("cross-check")
  void update_signedPermutationOfTheRows_isTheSameUpdateBitForBit() {
    Matrix permutation = new Matrix(ROWS, ROWS, new double[] {0, -1, 0, 0, 0, 1, -1, 0, 0});
    Matrix start = Matrix.normal("start", ROWS, VECTORS);
    Parameter plain = parameter("plain", start);
    Parameter permuted = parameter("permuted", permutation.times(start));
    try (Adam adam = new Adam(kernels, CONFIG, List.of(plain, permuted))) {
      for (int step = 1; step <= 20; step++) {
        Matrix gradient = Matrix.normal("gradient" + step, ROWS, VECTORS);
        try (GradientBuffer gradients = new GradientBuffer(kernels)) {
          gradients.accept(plain, gradient.on(kernels.manager()));
          gradients.accept(permuted, permutation.times(gradient).on(kernels.manager()));
          adam.update(gradients, RATE, 1);
        }
      }
    }
    Matrix expected = permutation.times(Matrix.of(plain.value()));
    assertThat(Matrix.of(permuted.value()).values()).isEqualTo(expected.values());
    assertThat(Arrays.stream(expected.values()).toArray()).isNotEqualTo(start.values());
  }

  @Test
  void update_firstStep_movesEveryElementByTheLearningRate() {
    Parameter matrix = parameter("matrix", Matrix.zeros(ROWS, COLS));
    Matrix gradient = Matrix.normal("gradient", ROWS, COLS).times(100);
    try (Adam adam = new Adam(kernels, AdamWConfig.DEFAULT, List.of(matrix));
        GradientBuffer gradients = new GradientBuffer(kernels)) {
      gradients.accept(matrix, gradient.on(kernels.manager()));
      adam.update(gradients, RATE, 1);
    }
    Matrix expected = gradient.map(value -> -RATE * Math.signum(value));
    assertThat(Matrix.of(matrix.value()).distance(expected)).isLessThan(1e-6);
  }

  @Test
  void restore_snapshot_givesBackMomentsAndCount() {
    Parameter matrix = parameter("matrix", Matrix.zeros(ROWS, COLS));
    try (Adam adam = new Adam(kernels, CONFIG, List.of(matrix));
        Adam other = new Adam(kernels, CONFIG, List.of(matrix));
        GradientBuffer gradients = new GradientBuffer(kernels)) {
      gradients.accept(matrix, Matrix.normal("gradient", ROWS, COLS).on(kernels.manager()));
      adam.update(gradients, RATE, 1);
      other.restore(Tensors.byName(adam.snapshot()), adam.updates());

      assertThat(other.updates()).isEqualTo(1);
      assertThat(other.moments(matrix).second().value().toFloatArray())
          .isEqualTo(adam.moments(matrix).second().value().toFloatArray());
      assertThat(adam.snapshot())
          .extracting(tensor -> tensor.name())
          .containsExactly("m/matrix", "v/matrix");
      other.restore(Map.of(), 0);
      assertThat(other.updates()).isZero();
    }
  }

  @Test
  void norm_severalGradients_isTheRootOfTheSumOfAllSquares() {
    Parameter one = parameter("one", Matrix.zeros(1, 2));
    Parameter two = parameter("two", Matrix.zeros(1, 1));
    try (GradientBuffer gradients = new GradientBuffer(kernels)) {
      gradients.accept(one, new Matrix(1, 2, new double[] {2e20, 3e20}).on(kernels.manager()));
      gradients.accept(two, new Matrix(1, 1, new double[] {6e20}).on(kernels.manager()));

      assertThat(gradients.norm()).isCloseTo(7e20, within(1e14));
      assertThat(gradients.get(one).toFloatArray()).containsExactly(2e20f, 3e20f);
    }
  }

  private Parameter parameter(String name, Matrix values) {
    return Parameter.of(name, kernels.manager(), values.floats(), values.rows(), values.cols());
  }

  /** AdamW of one tensor. */
  private static final class Reference {
    private final double decay;
    private Matrix value;
    private Matrix first;
    private Matrix second;

    Reference(Matrix value, double decay) {
      this.value = value;
      this.decay = decay;
      first = Matrix.zeros(value.rows(), value.cols());
      second = Matrix.zeros(value.rows(), value.cols());
    }

    void update(Matrix gradient, int step) {
      first = first.times(CONFIG.beta1()).plus(gradient.times(1 - CONFIG.beta1()));
      second =
          second.times(CONFIG.beta2()).plus(gradient.map(g -> g * g).times(1 - CONFIG.beta2()));
      double c1 = 1 - Math.pow(CONFIG.beta1(), step);
      double c2 = 1 - Math.pow(CONFIG.beta2(), step);
      Matrix next = value.times(1 - RATE * decay);
      for (int i = 0; i < next.values().length; i++) {
        next.values()[i] -=
            RATE
                * (first.values()[i] / c1)
                / (Math.sqrt(second.values()[i] / c2) + CONFIG.epsilon());
      }
      value = next;
    }
  }
}
