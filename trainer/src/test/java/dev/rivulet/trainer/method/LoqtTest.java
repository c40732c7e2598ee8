package dev.rivulet.trainer.method;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.fold.BaseWeight;
import dev.rivulet.schemas.fold.LayerFactor;
import dev.rivulet.schemas.fold.Rounding;
import dev.rivulet.schemas.fold.RoundingPolicy;
import dev.rivulet.trainer.factor.HostTensor;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.model.TinyBert;
import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Matrix;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** LoQT on the tiny BERT, and AdaRankGrad where it seals into NF4 as LoQT does. */
@Tag("cross-check")
class LoqtTest {
  private static final int RANK = 6;
  private static final int WIDTH = 32;
  private static final int GAP = 4;
  private static final double SCALE = 2;
  private static final double RATE = 3e-3;
  private static final AdamWConfig ADAM = new AdamWConfig(0.9, 0.99, 1e-6, 0);

  private Kernels kernels;

  @BeforeEach
  void load() {
    kernels = Kernels.load(Device.cpu(), 1);
  }

  @AfterEach
  void close() {
    kernels.close();
  }

  /** The sketch has all columns, so that nothing of the gradient is lost to it. */
  private static LoqtConfig config(int compensation, MomentPolicy moments) {
    return new LoqtConfig(
        ADAM,
        RANK,
        SCALE,
        GAP,
        0,
        OptionalInt.empty(),
        compensation,
        true,
        moments,
        WIDTH - RANK,
        1);
  }

  private static AdaRankGradConfig adaRankGrad() {
    return AdaRankGradConfig.adaptive(0.9, 1, 16, SCALE, GAP);
  }

  /** Every method over every packed form, rounded either way. */
  static Stream<Arguments> overPacked() {
    return overNf4()
        .flatMap(
            config ->
                Stream.of(BaseForm.NF4, BaseForm.NF4_DQ)
                    .flatMap(
                        base ->
                            Stream.of(RoundingPolicy.values())
                                .map(rounding -> Arguments.of(config, base, rounding))));
  }

  static Stream<MethodConfig> overNf4() {
    return Stream.of(config(5, MomentPolicy.TRANSPORT), adaRankGrad());
  }

  /** The basis is not orthonormal, so this is the overlay's gradient, not a projection. */
  @ParameterizedTest
  @EnumSource(BaseForm.class)
  void gradients_factor_isTheBasisTimesTheWeightsGradient(BaseForm base) {
    try (Transformer model = TinyBert.load(kernels, base);
        Method method = start(config(5, MomentPolicy.TRANSPORT), model);
        TokenBatch batch = TinyBert.batch(kernels, 9)) {
      train(model, method, 1, 3);
      Map<Parameter, Matrix> full = gradients(model, batch, LinearLayer::weight);
      Map<Parameter, Matrix> ofFactors = gradients(model, batch, LinearLayer::trained);
      for (LinearLayer layer : model.layers()) {
        Matrix gradient = Matrix.in(full, layer.weight());
        Matrix basis = Matrix.of(layer.basis().value()).transposed();
        Matrix expected = layer.basisOnLeft() ? basis.times(gradient) : gradient.times(basis);
        assertThat(Matrix.in(ofFactors, layer.trained()).distance(expected.times(SCALE)))
            .as(layer.name())
            .isLessThan(1e-5);
      }
    }
  }

  @Test
  void step_mergeWithoutQuantisation_leavesTheFunctionAndTakesNoOptimizerStep() {
    try (Transformer model = TinyBert.load(kernels);
        Method method = start(config(0, MomentPolicy.TRANSPORT), model);
        TokenBatch batch = TinyBert.batch(kernels, 99)) {
      train(model, method, 1, GAP);
      float[] before = model.logits(batch);
      List<float[]> whole = values(model.small());
      float[] weight = model.layers().get(0).floats();
      long updates = method.snapshot().counter("adam.updates");

      StepResult result = method.step(List.of(batch), GAP + 1, RATE, FixedRanks.of(RANK));

      assertThat(result.refresh()).isPresent();
      assertThat(result.applied()).isTrue();
      assertThat(result.gradientNorm()).isPositive();
      assertThat(updates).isEqualTo(GAP - 1);
      assertThat(method.snapshot().counter("adam.updates")).isEqualTo(updates);
      assertThat(values(model.small())).usingRecursiveComparison().isEqualTo(whole);
      assertThat(model.layers().get(0).floats()).isNotEqualTo(weight);
      float[] after = model.logits(batch);
      for (int i = 0; i < after.length; i++) {
        assertThat(after[i]).isCloseTo(before[i], within(1e-5f));
      }
      train(model, method, GAP + 2, GAP + 2);
      assertThat(method.snapshot().counter("adam.updates")).isEqualTo(updates + 1);
    }
  }

  /** Old momentum must not move the new factor: it is turned with the basis, or forgotten. */
  @ParameterizedTest
  @EnumSource(names = {"TRANSPORT", "RESET"})
  void step_merge_bringsTheMomentsIntoTheNewSubspace(MomentPolicy policy) {
    try (Transformer model = TinyBert.load(kernels, BaseForm.NF4);
        Method method = start(config(5, policy), model);
        TokenBatch batch = TinyBert.batch(kernels, 99)) {
      train(model, method, 1, GAP);
      Map<Parameter, Matrix> full = gradients(model, batch, LinearLayer::weight);
      Map<String, Matrix> oldBases = new HashMap<>();
      model.layers().forEach(layer -> oldBases.put(layer.name(), basis(layer)));
      Map<String, Matrix> before = firstMoments(model, method);
      double correction = 1 - Math.pow(ADAM.beta1(), GAP - 1);

      method.step(List.of(batch), GAP + 1, RATE, FixedRanks.of(RANK));

      Map<String, Matrix> after = firstMoments(model, method);
      for (LinearLayer layer : model.layers()) {
        Matrix next = basis(layer);
        Matrix old = Matrix.in(oldBases, layer.name());
        Matrix weightGradient = Matrix.in(full, layer.weight());
        Matrix gradient =
            next.transposed()
                .times(layer.basisOnLeft() ? weightGradient : weightGradient.transposed())
                .times(SCALE * correction);
        Matrix expected = gradient;
        if (policy == MomentPolicy.TRANSPORT) {
          Matrix turn = next.transposed().times(dual(old));
          Matrix uncovered = Matrix.zeros(RANK, gradient.cols());
          for (int i = 0; i < uncovered.values().length; i++) {
            int row = i / gradient.cols();
            double covered = 0;
            for (int j = 0; j < RANK; j++) {
              covered += turn.at(row, j) * turn.at(row, j);
            }
            uncovered.values()[i] = Math.max(0, 1 - covered) * gradient.values()[i];
          }
          expected = turn.times(Matrix.in(before, layer.name())).plus(uncovered);
        }
        assertThat(Matrix.in(after, layer.name()).distance(expected))
            .as(layer.name())
            .isLessThan(1e-3);
      }
    }
  }

  /** Whoever has the base and the log has the trainer's codes, bit for bit. */
  @ParameterizedTest
  @MethodSource("overPacked")
  void snapshot_severalMerges_foldIntoTheTrainersCodes(
      MethodConfig config, BaseForm base, RoundingPolicy rounding) {
    try (Transformer model = TinyBert.load(kernels, base);
        Method method = config.start(new MethodContext(model, false, 1000, 5, rounding))) {
      Map<String, BaseWeight> rebuilt = new HashMap<>();
      model.layers().forEach(layer -> rebuilt.put(layer.name(), layer.base()));
      List<LayerFactor> sealed = new ArrayList<>();
      for (int step = 1; step <= 3 * GAP + 2; step++) {
        train(model, method, step, step);
        sealed.addAll(method.snapshot().sealed());
      }
      for (LayerFactor factor : sealed) {
        assertThat(factor.rounding()).isEqualTo(rounding.of(5, factor.layer(), factor.refresh()));
        requireNonNull(rebuilt.get(factor.layer())).add(factor.update(), factor.rounding());
      }
      assertThat(sealed).hasSize(3 * model.layers().size());
      assertThat(sealed).extracting(LayerFactor::rank).anyMatch(rank -> rank == 2 * RANK);
      for (LinearLayer layer : model.layers()) {
        requireSameCodes(layer.base(), requireNonNull(rebuilt.get(layer.name())));
      }
    }
  }

  private static void requireSameCodes(BaseWeight trained, BaseWeight rebuilt) {
    if (trained instanceof BaseWeight.Packed a && rebuilt instanceof BaseWeight.Packed b) {
      assertThat(a.values().codes()).isEqualTo(b.values().codes());
      assertThat(a.values().absmax()).isEqualTo(b.values().absmax());
    } else {
      BaseWeight.DoublyPacked a = (BaseWeight.DoublyPacked) trained;
      BaseWeight.DoublyPacked b = (BaseWeight.DoublyPacked) rebuilt;
      assertThat(a.codes()).isEqualTo(b.codes());
      assertThat(a.absmax().codes()).isEqualTo(b.absmax().codes());
      assertThat(a.absmax().scales()).isEqualTo(b.absmax().scales());
    }
  }

  /** Sealed plainly, most of what four steps have changed would be rounded away. */
  @ParameterizedTest
  @MethodSource("overNf4")
  void step_mergeIntoNf4_keepsMoreOfWhatWasLearnedThanPlainRounding(MethodConfig config) {
    try (Transformer model = TinyBert.load(kernels, BaseForm.NF4);
        Method method = start(config, model);
        TokenBatch batch = TinyBert.batch(kernels, 99)) {
      train(model, method, 1, GAP);
      Map<String, Matrix> before = new HashMap<>();
      double plain = 0;
      for (LinearLayer layer : model.layers()) {
        Matrix sum = sum(layer);
        float[] rounded = BaseForm.NF4.rounded(sum.floats(), Rounding.NEAREST);
        before.put(layer.name(), sum);
        plain += Matrix.of(layer.in(), layer.out(), rounded).minus(sum).energy();
      }

      method.step(List.of(batch), GAP + 1, 0, FixedRanks.of(RANK));

      double lost = 0;
      for (LinearLayer layer : model.layers()) {
        lost += sum(layer).minus(Matrix.in(before, layer.name())).energy();
      }
      assertThat(Math.sqrt(lost)).isLessThan(0.95 * Math.sqrt(plain));
    }
  }

  @Test
  void start_baseInNf4_roundsTheBasisThereOnly() {
    for (BaseForm base : BaseForm.values()) {
      try (Transformer model = TinyBert.load(kernels, base);
          Method method = start(config(5, MomentPolicy.TRANSPORT), model)) {
        train(model, method, 1, 1);
        for (LinearLayer layer : model.layers()) {
          float[] basis = basis(layer).floats();
          boolean rounded = Arrays.equals(basis, BaseForm.NF4.rounded(basis, Rounding.NEAREST));
          assertThat(rounded).isEqualTo(base.isPacked());
        }
      }
    }
  }

  /** With a first gap of one step there was no update yet whose moments could be carried. */
  @Test
  void step_mergeBeforeAnyUpdate_trainsOn() {
    LoqtConfig config =
        new LoqtConfig(
            ADAM, RANK, SCALE, 1, 0, OptionalInt.empty(), 5, true, MomentPolicy.TRANSPORT, 4, 1);
    try (Transformer model = TinyBert.load(kernels, BaseForm.NF4);
        Method method = start(config, model)) {
      train(model, method, 1, 4);
      assertThat(method.snapshot().state()).allSatisfy(t -> assertThat(t.values()).containsOnly(0));
    }
  }

  private static Method start(MethodConfig config, Transformer model) {
    return config.start(new MethodContext(model, false, 1000, 5));
  }

  private void train(Transformer model, Method method, int from, int to) {
    for (int step = from; step <= to; step++) {
      try (TokenBatch batch = TinyBert.batch(kernels, step)) {
        assertThat(method.step(List.of(batch), step, RATE, FixedRanks.of(RANK)).applied()).isTrue();
        assertThat(model.evaluate(batch).loss()).isFinite();
      }
    }
  }

  private static Map<Parameter, Matrix> gradients(
      Transformer model, TokenBatch batch, Function<LinearLayer, Parameter> choice) {
    Set<Parameter> wanted = new HashSet<>();
    model.layers().forEach(layer -> wanted.add(choice.apply(layer)));
    Map<Parameter, Matrix> gradients = new HashMap<>();
    model.gradients(
        batch, wanted, (parameter, gradient) -> gradients.put(parameter, Matrix.of(gradient)));
    return gradients;
  }

  private static Map<String, Matrix> firstMoments(Transformer model, Method method) {
    Map<String, Matrix> moments = new HashMap<>();
    Map<String, HostTensor> state = Tensors.byName(method.snapshot().state());
    for (LinearLayer layer : model.layers()) {
      HostTensor tensor = requireNonNull(state.get("m/" + layer.trained().name()));
      Matrix moment =
          Matrix.of(
              tensor.shape().get(0).intValue(), tensor.shape().get(1).intValue(), tensor.values());
      moments.put(layer.name(), layer.basisOnLeft() ? moment : moment.transposed());
    }
    return moments;
  }

  /** Returns the basis, seen from the short side. */
  private static Matrix basis(LinearLayer layer) {
    Matrix basis = Matrix.of(layer.basis().value());
    return layer.basisOnLeft() ? basis : basis.transposed();
  }

  /** Returns P·(PᵀP)⁻¹ by Neumann's series, which converges for a nearly orthonormal P. */
  private static Matrix dual(Matrix basis) {
    Matrix dual = basis;
    for (int i = 0; i < 40; i++) {
      dual = dual.plus(basis).minus(dual.times(basis.transposed().times(basis)));
    }
    return dual;
  }

  private static Matrix sum(LinearLayer layer) {
    Matrix overlay = Matrix.of(layer.left().value()).times(Matrix.of(layer.right().value()));
    return Matrix.of(layer.in(), layer.out(), layer.floats()).plus(overlay.times(SCALE));
  }

  private static List<float[]> values(List<Parameter> parameters) {
    return parameters.stream().map(parameter -> parameter.value().toFloatArray()).toList();
  }
}
