package dev.rivulet.trainer.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import dev.rivulet.schemas.fold.KeyedRandom;
import dev.rivulet.schemas.fold.RoundingPolicy;
import dev.rivulet.schemas.lozo.LozoDraw;
import dev.rivulet.schemas.lozo.LozoWeights;
import dev.rivulet.schemas.lozo.PackedSteps;
import dev.rivulet.schemas.lozo.StepScalars;
import dev.rivulet.schemas.record.ZerothOrder;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.model.TinyBert;
import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Matrix;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a step of LOZO measures, and what it changes. */
@Tag("cross-check")
class LozoTest {
  private static final int RANK = 2;
  private static final long SEED = 5;

  private final Kernels kernels = Kernels.load(Device.cpu(), 1);
  private final Transformer model = TinyBert.load(kernels);

  @AfterEach
  void close() {
    model.close();
    kernels.close();
  }

  /** c = Σ ⟨G, V·Uᵀ⟩ over the layers + Σ ⟨g, z⟩ over the rest, with back-propagated gradients. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void step_smallEpsilon_measuresTheSlopeThatGradientsHave(boolean embeddings) {
    MethodContext context = new MethodContext(model, embeddings, 0, SEED);
    for (int key = 1; key <= 3; key++) {
      try (Method method = config(50, 3e-4, 0).start(context);
          TokenBatch batch = TinyBert.batch(kernels, key)) {
        float found = take(method, List.of(batch), key, 0).coefficients()[0];
        float queried;
        try (Method queries = config(50, 3e-5, 1).start(context)) {
          queried = take(queries, List.of(batch), key, 0).coefficients()[0];
        }

        double expected = slope(context, List.of(batch), key, 0);
        assertThat(Math.abs(expected)).isGreaterThan(0.05);
        assertThat((double) found).isCloseTo(expected, within(0.02 * Math.abs(expected)));
        assertThat((double) queried).isCloseTo(expected, within(0.05 * Math.abs(expected) + 0.02));
      }
    }
  }

  /** Step 4 is the first with the second V: what it measures and what it applies is along that. */
  @Test
  void step_firstAfterARedraw_measuresAndAppliesAlongTheNewV() {
    try (Method method = config(3, 3e-4, 0).start(context());
        TokenBatch batch = TinyBert.batch(kernels, 4)) {
      train(method, 1, 3, 1e-3);
      double expected = slope(context(), List.of(batch), 4, 1);
      float found = take(method, List.of(batch), 4, 1e-3).coefficients()[0];

      assertThat(Math.abs(expected)).isGreaterThan(0.05);
      assertThat((double) found).isCloseTo(expected, within(0.02 * Math.abs(expected)));
      for (LinearLayer layer : model.layers()) {
        assertThat(layer.left().value().toFloatArray()).containsExactly(basis(layer, 1));
        Matrix applied = Matrix.of(layer.right().value());
        Matrix direction =
            Matrix.of(RANK, layer.out(), draw(context(), 4).factors(layer.name())[0]);
        assertThat(applied.distance(direction.times(-1e-3 * found / RANK))).isLessThan(1e-6);
      }
    }
  }

  @Test
  void step_severalBatches_measuresTheSlopeOfTheirMeanLoss() {
    MethodContext context = new MethodContext(model, false, 0, SEED);
    try (Method method = config(50, 3e-4, 0).start(context);
        TokenBatch one = TinyBert.batch(kernels, 1);
        TokenBatch other = TinyBert.batch(kernels, 2)) {
      StepResult result = method.step(List.of(one, other), 1, 0, FixedRanks.NONE);

      double expected = slope(context, List.of(one, other), 1, 0);
      assertThat(result.gradientNorm())
          .isCloseTo(Math.abs(expected), within(0.02 * Math.abs(expected)));
      double mean = (model.evaluate(one).loss() + model.evaluate(other).loss()) / 2;
      assertThat(result.loss()).isCloseTo(mean, within(1e-3));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3})
  void step_learningRateZero_leavesEveryBitAsItWas(int queries) {
    try (Method method = config(50, 1e-3, queries).start(context())) {
      train(method, 1, 3, 1e-3);
      Map<String, float[]> before = values();
      try (TokenBatch batch = TinyBert.batch(kernels, 4)) {
        assertThat(take(method, List.of(batch), 4, 0).coefficients()[0]).isNotZero();
      }

      Map<String, float[]> after = values();
      before.forEach((name, values) -> assertThat(after.get(name)).as(name).isEqualTo(values));
    }
  }

  /** Within one life of V all updates have rank r together, and over two lives no more. */
  @Test
  void step_oneLifeOfV_changesWeightsByItsRank() {
    Map<String, Matrix> start = weights();
    try (Method method = config(6, 1e-3, 0).start(context())) {
      train(method, 1, 6, 0.01);
      Map<String, Matrix> first = weights();
      Snapshot snapshot = method.snapshot();
      assertThat(PackedSteps.unpack(snapshot.scalars().orElseThrow())).hasSize(6);
      assertThat(snapshot.sealed()).isEmpty();
      assertThat(snapshot.open()).isEmpty();
      assertThat(snapshot.dense()).isEmpty();
      assertThat(snapshot.state()).isEmpty();
      train(method, 7, 12, 0.01);
      Map<String, Matrix> second = weights();

      for (LinearLayer layer : model.layers()) {
        String name = layer.name();
        Matrix once = Matrix.in(first, name).minus(Matrix.in(start, name));
        Matrix twice = Matrix.in(second, name).minus(Matrix.in(start, name));
        assertThat(remainder(once, RANK - 1)).as(name).isGreaterThan(1e-2);
        assertThat(remainder(once, RANK)).as(name).isLessThan(1e-3);
        assertThat(remainder(twice, RANK)).as(name).isGreaterThan(1e-2);
        assertThat(remainder(twice, 2 * RANK)).as(name).isLessThan(1e-3);
      }
    }
  }

  @Test
  void step_clipNormOfTheRun_isNotLookedAt() {
    float[] unclipped = biasAfterThreeSteps(0);
    assertThat(biasAfterThreeSteps(1e-6)).isEqualTo(unclipped);
  }

  private float[] biasAfterThreeSteps(double clipNorm) {
    try (Transformer own = TinyBert.load(kernels);
        Method method = config(50, 1e-3, 0).start(new MethodContext(own, false, clipNorm, SEED))) {
      train(method, 1, 3, 1e-3);
      return own.small().get(own.small().size() - 1).value().toFloatArray();
    }
  }

  private static LozoConfig config(int redrawEvery, double epsilon, int queries) {
    return new LozoConfig(RANK, redrawEvery, epsilon, 0, queries, false);
  }

  private MethodContext context() {
    return new MethodContext(model, false, 0, SEED);
  }

  private void train(Method method, int from, int to, double learningRate) {
    for (int step = from; step <= to; step++) {
      try (TokenBatch batch = TinyBert.batch(kernels, step)) {
        take(method, List.of(batch), step, learningRate);
      }
    }
  }

  private static StepScalars take(
      Method method, List<TokenBatch> batches, long step, double learningRate) {
    StepResult result = method.step(batches, step, learningRate, FixedRanks.NONE);
    assertThat(result.applied()).isTrue();
    ZerothOrder record = result.zerothOrder().orElseThrow();
    return StepScalars.of(record);
  }

  private static float[] basis(LinearLayer layer, int redraw) {
    return KeyedRandom.of(SEED, "lozo.v", layer.name(), redraw).normal(layer.in() * RANK);
  }

  private LozoDraw draw(MethodContext context, long step) {
    Map<String, float[]> dense = new HashMap<>();
    context.whole().forEach(p -> dense.put(p.name(), p.value().toFloatArray()));
    LozoWeights weights =
        new LozoWeights(
            config(50, 1e-3, 0).settings(SEED, RoundingPolicy.NEAREST),
            model.layers().stream()
                .map(layer -> new LozoWeights.Layer(layer.name(), layer.in(), layer.out()))
                .toList(),
            dense);
    return weights.draw(weights.key(step));
  }

  /** Returns the slope of the mean loss along a step's direction, from gradients. */
  private double slope(MethodContext context, List<TokenBatch> batches, long step, int redraw) {
    Map<Parameter, LinearLayer> layers =
        model.layers().stream().collect(Collectors.toMap(LinearLayer::weight, Function.identity()));
    LozoDraw draw = draw(context, step);
    Set<Parameter> wanted = new HashSet<>(layers.keySet());
    wanted.addAll(context.whole());
    double[] slope = new double[1];
    model.gradientsByBlock(
        batches,
        wanted,
        (parameter, gradient) -> {
          LinearLayer layer = layers.get(parameter);
          Matrix direction =
              layer == null
                  ? flat(draw.dense(parameter.name())[0])
                  : Matrix.of(layer.in(), RANK, basis(layer, redraw))
                      .times(Matrix.of(RANK, layer.out(), draw.factors(layer.name())[0]));
          slope[0] += dot(direction.values(), flat(gradient.toFloatArray()).values());
        });
    return slope[0];
  }

  private static Matrix flat(float[] values) {
    return Matrix.of(1, values.length, values);
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private Map<String, float[]> values() {
    Map<String, float[]> values = new LinkedHashMap<>();
    model.parameters().forEach(p -> values.put(p.name(), p.value().toFloatArray()));
    return values;
  }

  private Map<String, Matrix> weights() {
    return model.layers().stream()
        .collect(Collectors.toMap(LinearLayer::name, layer -> Matrix.of(layer.weight().value())));
  }

  /**
   * Returns what is left of a matrix after some steps of elimination with the largest pivots: its
   * largest element, as a share of the matrix's own; about 0 from the rank on.
   */
  private static double remainder(Matrix matrix, int pivots) {
    Matrix rest = matrix;
    for (int step = 0; step < pivots; step++) {
      int at = largest(rest);
      int row = at / rest.cols();
      int col = at % rest.cols();
      Matrix pivotCol = Matrix.zeros(rest.rows(), 1);
      Matrix pivotRow = Matrix.zeros(1, rest.cols());
      for (int i = 0; i < rest.rows(); i++) {
        pivotCol.values()[i] = rest.at(i, col) / rest.at(row, col);
      }
      for (int j = 0; j < rest.cols(); j++) {
        pivotRow.values()[j] = rest.at(row, j);
      }
      rest = rest.minus(pivotCol.times(pivotRow));
    }
    return Math.abs(rest.values()[largest(rest)] / matrix.values()[largest(matrix)]);
  }

  private static int largest(Matrix matrix) {
    int largest = 0;
    for (int i = 1; i < matrix.values().length; i++) {
      if (Math.abs(matrix.values()[i]) > Math.abs(matrix.values()[largest])) {
        largest = i;
      }
    }
    return largest;
  }
}
