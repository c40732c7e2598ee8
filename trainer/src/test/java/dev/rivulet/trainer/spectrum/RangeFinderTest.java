package dev.rivulet.trainer.spectrum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Matrix;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The range finder on matrices [256, 768] whose singular values are known. */
@Tag("cross-check")
class RangeFinderTest {
  private static final int ROWS = 256;
  private static final int COLS = 768;
  private static final Matrix LEFT = Matrix.orthonormal("left", ROWS, ROWS);
  private static final Matrix RIGHT = Matrix.orthonormal("right", COLS, ROWS).transposed();
  private static final int RANK = 16;
  private static final int COLUMNS = RANK + 8;

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
  void sketch_anyGradient_hasAnOrthonormalBasisAndTheProjectedGradient() {
    NDArray gradient = matrix(RangeFinderTest::root);
    Sketch sketch = sketch(gradient, COLUMNS, 1, 0);

    Matrix basis = Matrix.of(sketch.basis());
    Matrix product = basis.transposed().times(basis);
    for (int i = 0; i < COLUMNS; i++) {
      for (int j = 0; j < COLUMNS; j++) {
        assertThat(product.at(i, j)).isCloseTo(i == j ? 1 : 0, within(1e-5));
      }
    }
    Matrix projected = basis.transposed().times(Matrix.of(gradient));
    assertThat(Matrix.of(sketch.projected()).distance(projected)).isLessThan(1e-5);
  }

  @Test
  void sketch_anyGradient_hasTheExactEnergy() {
    NDArray gradient = matrix(RangeFinderTest::exponential);

    double energy = Matrix.of(gradient).energy();
    assertThat(sketch(gradient, 4, 0, 0).energy()).isCloseTo(energy, within(1e-12 * energy));
  }

  @Test
  void sketch_asManyColumnsAsTheShortSide_isTheSingularValueDecomposition() {
    Sketch sketch = sketch(matrix(RangeFinderTest::root), ROWS + 8, 0, 0);

    assertThat(sketch.singularValues()).hasSize(ROWS);
    for (int i = 0; i < ROWS; i++) {
      assertThat(sketch.singularValues()[i]).isCloseTo((float) root(i), within(1e-5f));
    }
  }

  @Test
  void sketch_fastDecay_findsTheLeadingSingularValues() {
    Sketch sketch = sketch(matrix(RangeFinderTest::exponential), COLUMNS, 1, 0);

    for (int i = 0; i < RANK / 2; i++) {
      float expected = (float) exponential(i);
      assertThat(sketch.singularValues()[i]).isCloseTo(expected, within(1e-4f * expected));
    }
  }

  /** Shares of the best rank-16 energy, as methods.md gives them. */
  @ParameterizedTest
  @CsvSource({
    "true,  0, 0.989, 0.01",
    "true,  1, 1.000, 0.001",
    "false, 0, 0.696, 0.03",
    "false, 1, 0.975, 0.01",
    "false, 2, 0.995, 0.005"
  })
  void sketch_rank16_capturesThisShareOfTheOptimum(
      boolean fast, int powerIterations, double share, double tolerance) {
    IntToDoubleFunction spectrum = fast ? RangeFinderTest::exponential : RangeFinderTest::root;
    NDArray gradient = matrix(spectrum);
    double optimal = energy(spectrum, 0, RANK);

    double mean =
        IntStream.range(0, 8)
            .mapToDouble(
                refresh -> captured(sketch(gradient, COLUMNS, powerIterations, refresh), RANK))
            .average()
            .orElseThrow();
    assertThat(mean / optimal).isCloseTo(share, within(tolerance));
  }

  /** With a flat spectrum a start from the leading columns of before saves a power iteration. */
  @Test
  void sketch_fromTheBasisOfBefore_capturesMoreThanFromNothing() {
    NDArray gradient = matrix(RangeFinderTest::root);
    Sketch before = sketch(gradient, COLUMNS, 1, 0);
    double cold = captured(before, RANK);

    Matrix basis = Matrix.of(before.basis().get(":, :" + RANK));
    double warm = captured(warmSketch(gradient, basis, 1), RANK);
    double optimal = energy(RangeFinderTest::root, 0, RANK);
    assertThat(warm).isBetween(cold, optimal * (1 + 1e-6));
    assertThat(warm / optimal).isGreaterThan(0.99);
  }

  @Test
  void sketch_fromAnUnrelatedBasis_findsTheRangeAllTheSame() {
    NDArray gradient = matrix(RangeFinderTest::exponential);

    Matrix unrelated = Matrix.orthonormal("unrelated", ROWS, RANK);
    Sketch warm = warmSketch(gradient, unrelated, 0);
    double optimal = energy(RangeFinderTest::exponential, 0, RANK);
    assertThat(captured(warm, RANK) / optimal).isGreaterThan(0.99);
  }

  @Test
  void warmSketch_gradientNotFinite_saysSo() {
    NDArray gradient = matrix(RangeFinderTest::root);
    gradient.set(new NDIndex("5, 7"), Float.NaN);

    Matrix unrelated = Matrix.orthonormal("unrelated", ROWS, RANK);
    assertThat(warmSketch(gradient, unrelated, 0).isFinite()).isFalse();
  }

  /** Theorem 10.5 of Halko, Martinsson and Tropp. */
  @Test
  void sketch_noPowerIteration_staysWithinTheMeanErrorBound() {
    NDArray gradient = matrix(RangeFinderTest::root);
    int oversampling = COLUMNS - RANK;

    double mean =
        IntStream.range(0, 8)
            .mapToObj(refresh -> sketch(gradient, COLUMNS, 0, refresh))
            .mapToDouble(sketch -> Math.sqrt(sketch.energy() - captured(sketch, COLUMNS)))
            .average()
            .orElseThrow();
    double best = Math.sqrt(energy(RangeFinderTest::root, RANK, ROWS));
    assertThat(mean)
        .isBetween(
            Math.sqrt(energy(RangeFinderTest::root, COLUMNS, ROWS)),
            Math.sqrt(1 + RANK / (oversampling - 1.0)) * best);
  }

  @Test
  void sketch_sameKey_hasTheSameBits() {
    NDArray gradient = matrix(RangeFinderTest::root);
    Sketch first = sketch(gradient, COLUMNS, 1, 3);
    Sketch again = sketch(gradient, COLUMNS, 1, 3);

    assertThat(again.basis().toFloatArray()).isEqualTo(first.basis().toFloatArray());
    assertThat(again.singularValues()).isEqualTo(first.singularValues());
  }

  @Test
  void sketch_otherRefreshLayerOrSeed_drawsAnotherTestMatrix() {
    NDArray gradient = matrix(RangeFinderTest::root);
    float[] first = sketch(gradient, COLUMNS, 0, 3).singularValues();

    assertThat(sketch(gradient, COLUMNS, 0, 4).singularValues()).isNotEqualTo(first);
    assertThat(
            new RangeFinder(COLUMNS, 0, false, 11)
                .sketch(kernels, scratch, gradient, Optional.empty(), "other", 3)
                .singularValues())
        .isNotEqualTo(first);
    assertThat(
            new RangeFinder(COLUMNS, 0, false, 12)
                .sketch(kernels, scratch, gradient, Optional.empty(), "layer", 3)
                .singularValues())
        .isNotEqualTo(first);
  }

  @Test
  void sketch_gradientNotFinite_saysSo() {
    NDArray gradient = matrix(RangeFinderTest::root);
    gradient.set(new NDIndex("5, 7"), Float.NaN);
    NDArray infinite = matrix(RangeFinderTest::root);
    infinite.set(new NDIndex("5, 7"), Float.NEGATIVE_INFINITY);

    assertThat(sketch(gradient, COLUMNS, 1, 0).isFinite()).isFalse();
    assertThat(sketch(infinite, COLUMNS, 1, 0).isFinite()).isFalse();
  }

  @Test
  void sketch_zeroGradient_hasZeroSpectrum() {
    Sketch sketch = sketch(Matrix.zeros(8, 12).on(scratch), 4, 1, 0);

    assertThat(sketch.singularValues()).containsOnly(0f);
    assertThat(sketch.energy()).isZero();
    assertThat(sketch.isFinite()).isTrue();
  }

  private static double exponential(int i) {
    return Math.exp(-(i + 1) / 8.0);
  }

  private static double root(int i) {
    return 1 / Math.sqrt(i + 1.0);
  }

  private Sketch sketch(NDArray gradient, int columns, int powerIterations, int refresh) {
    return new RangeFinder(columns, powerIterations, false, 11)
        .sketch(kernels, scratch, gradient, Optional.empty(), "layer", refresh);
  }

  private Sketch warmSketch(NDArray gradient, Matrix earlier, int refresh) {
    return new RangeFinder(COLUMNS, 1, true, 11)
        .sketch(kernels, scratch, gradient, Optional.of(earlier.on(scratch)), "layer", refresh);
  }

  private NDArray matrix(IntToDoubleFunction spectrum) {
    Matrix scaled = Matrix.zeros(ROWS, ROWS);
    for (int i = 0; i < ROWS; i++) {
      for (int j = 0; j < ROWS; j++) {
        scaled.values()[i * ROWS + j] = LEFT.at(i, j) * spectrum.applyAsDouble(j);
      }
    }
    return scaled.times(RIGHT).on(scratch);
  }

  private static double captured(Sketch sketch, int rank) {
    return energy(i -> sketch.singularValues()[i], 0, rank);
  }

  private static double energy(IntToDoubleFunction spectrum, int from, int to) {
    return IntStream.range(from, to).mapToDouble(spectrum).map(sigma -> sigma * sigma).sum();
  }
}
