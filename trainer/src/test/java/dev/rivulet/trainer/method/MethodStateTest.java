package dev.rivulet.trainer.method;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.BaseNDManager;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.fold.LayerFactor;
import dev.rivulet.schemas.lozo.PackedSteps;
import dev.rivulet.trainer.factor.HostTensor;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.model.TinyBert;
import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a method keeps between steps: through a snapshot, past a bad batch, in native memory. */
class MethodStateTest {
  private static final AdamWConfig ADAM = new AdamWConfig(0.9, 0.99, 1e-6, 0.01);
  private static final AdaRankGradConfig ADA_RANK_GRAD =
      new AdaRankGradConfig(
          ADAM,
          0.9,
          1,
          16,
          2,
          RefreshRule.every(4),
          4,
          1,
          true,
          0,
          OptionalLong.empty(),
          MomentPolicy.TRANSPORT,
          ResidualPolicy.NONE);
  private static final AdaRankGradConfig TRIGGERED =
      new AdaRankGradConfig(
          ADAM,
          0.9,
          1,
          16,
          2,
          new RefreshRule(10, 2, 0.8, 0.3, 0.7),
          4,
          1,
          true,
          0,
          OptionalLong.empty(),
          MomentPolicy.TRANSPORT,
          ResidualPolicy.NONE);
  private static final AdaRankGradConfig FIRA =
      new AdaRankGradConfig(
          ADAM,
          0.9,
          1,
          16,
          2,
          RefreshRule.every(4),
          4,
          1,
          true,
          0,
          OptionalLong.empty(),
          MomentPolicy.TRANSPORT,
          ResidualPolicy.FIRA);
  private static final LoqtConfig LOQT =
      new LoqtConfig(ADAM, 16, 2, 4, 0, OptionalInt.empty(), 3, true, MomentPolicy.TRANSPORT, 4, 1);
  private static final LoraConfig LORA =
      new LoraConfig(ADAM, 3, 6, LoraScaling.RANK, Map.of(), List.of());
  private static final LozoConfig LOZO = new LozoConfig(2, 4, 1e-3, 0, 0, false);
  private static final LozoConfig LOZO_M = new LozoConfig(2, 4, 1e-3, 0.9, 3, true);
  private static final RankSource RANKS = FixedRanks.of(6, 2, 9, 16);
  private static final double RATE = 3e-3;

  private Kernels kernels;

  @BeforeEach
  void load() {
    kernels = Kernels.load(Device.cpu(), 1);
  }

  @AfterEach
  void close() {
    kernels.close();
  }

  static Stream<Arguments> methods() {
    return Stream.of(
        Arguments.of(ADA_RANK_GRAD, false),
        Arguments.of(ADA_RANK_GRAD, true),
        Arguments.of(TRIGGERED, false),
        Arguments.of(FIRA, false),
        Arguments.of(FIRA, true),
        Arguments.of(LOQT, false),
        Arguments.of(ADAM, true),
        Arguments.of(LORA, false),
        Arguments.of(LORA, true),
        Arguments.of(LOZO, false),
        Arguments.of(LOZO_M, true));
  }

  /** Steps 1, 5, 9, 13, 17 refresh or have a new V; the snapshots are of steps 0, 6 and 11. */
  @ParameterizedTest
  @MethodSource("methods")
  @Tag("fault")
  void restore_freshModel_goesOnWithTheSameBits(MethodConfig config, boolean embeddings) {
    List<Snapshot> snapshots = new ArrayList<>();
    Map<String, float[]> uninterrupted;
    try (Transformer model = load(config);
        Method method = config.start(new MethodContext(model, embeddings, 1, 5))) {
      snapshots.add(method.snapshot());
      train(model, method, 1, 6);
      snapshots.add(method.snapshot());
      train(model, method, 7, 11);
      snapshots.add(method.snapshot());
      train(model, method, 12, 18);
      uninterrupted = everything(model, method);
    }
    Snapshot last = snapshots.get(2);
    try (Transformer model = load(config);
        Method method = config.start(new MethodContext(model, embeddings, 1, 5))) {
      snapshots.forEach(snapshot -> bringUp(snapshot, model, method));
      method.restore(last);
      train(model, method, 12, 18);

      requireSameBits(everything(model, method), uninterrupted);
    }
    boolean replays = config instanceof LozoConfig;
    assertThat(last.scalars().isPresent()).isEqualTo(replays);
    assertThat(last.open()).hasSize(replays || config instanceof AdamWConfig ? 0 : 12);
    assertThat(last.dense().isEmpty()).isEqualTo(replays);
    boolean refreshes = config.rankPolicy().isPresent();
    List<LayerFactor> sealed = snapshots.stream().flatMap(s -> s.sealed().stream()).toList();
    if (config != TRIGGERED) {
      // With a residual, the weights are in the snapshot whole.
      assertThat(sealed).hasSize(refreshes && config != FIRA ? 24 : 0);
    }
    assertThat(sealed).extracting(LayerFactor::refresh).isSorted();
  }

  /** Step 1 is a refresh of AdaRankGrad, step 2 is none. */
  @ParameterizedTest
  @MethodSource("methods")
  void step_rowsAccumulated_isThatOfTheBatch(MethodConfig config, boolean embeddings) {
    try (Transformer model = TinyBert.load(kernels);
        Transformer other = TinyBert.load(kernels);
        Method method = config.start(new MethodContext(model, embeddings, 1, 5));
        Method accumulating = config.start(new MethodContext(other, embeddings, 1, 5))) {
      for (int step = 1; step <= 2; step++) {
        StepResult whole =
            method.step(List.of(TinyBert.batch(kernels, step)), step, 1e-6, FixedRanks.of(2, 1));
        StepResult apart =
            accumulating.step(TinyBert.rows(kernels, step), step, 1e-6, FixedRanks.of(2, 1));
        assertThat(apart.loss()).isCloseTo(whole.loss(), within(1e-5));
        assertThat(apart.gradientNorm()).isCloseTo(whole.gradientNorm(), within(1e-4));
      }
    }
  }

  @Test
  void restore_snapshotOfTheStart_isTheStart() {
    Map<String, float[]> uninterrupted;
    Snapshot start;
    try (Transformer model = TinyBert.load(kernels);
        Method method = ADA_RANK_GRAD.start(new MethodContext(model, false, 1, 5))) {
      start = method.snapshot();
      train(model, method, 1, 2);
      uninterrupted = everything(model, method);
    }
    try (Transformer model = TinyBert.load(kernels);
        Method method = ADA_RANK_GRAD.start(new MethodContext(model, false, 1, 5))) {
      method.restore(start);
      train(model, method, 1, 2);
      requireSameBits(everything(model, method), uninterrupted);
    }
  }

  @Test
  void restore_snapshotOfAnotherMethod_namesWhatItLacks() {
    try (Transformer model = TinyBert.load(kernels);
        Method adamW = ADAM.start(new MethodContext(model, false, 1, 5));
        Method adaRankGrad = ADA_RANK_GRAD.start(new MethodContext(model, false, 1, 5))) {
      assertThatExceptionOfType(RunException.class)
          .isThrownBy(() -> adaRankGrad.restore(adamW.snapshot()))
          .withMessageContaining("lacks counter refreshes");
      assertThatExceptionOfType(RunException.class)
          .isThrownBy(() -> adamW.restore(adaRankGrad.snapshot()))
          .withMessageContaining("lacks tensor");
      try (Method lora = LORA.start(new MethodContext(model, false, 1, 5))) {
        assertThatExceptionOfType(RunException.class)
            .isThrownBy(() -> lora.restore(adamW.snapshot()))
            .withMessageContaining("lacks a factor of rank 3 of layer");
      }
      try (Method lozo = LOZO.start(new MethodContext(model, false, 1, 5))) {
        assertThatExceptionOfType(RunException.class)
            .isThrownBy(() -> lozo.restore(adaRankGrad.snapshot()))
            .withMessageContaining("lacks counter lozo.updates");
        Snapshot ofStep =
            new Snapshot(List.of(), List.of(), List.of(), List.of(), Map.of("lozo.updates", 1L));
        assertThatExceptionOfType(RunException.class)
            .isThrownBy(() -> lozo.restore(ofStep))
            .withMessage("the checkpoint is of 1 updates, and its scalars are those of 0");
        assertThatExceptionOfType(RunException.class)
            .isThrownBy(() -> adamW.replay(List.of()))
            .withMessageContaining("which this method does not use");
      }
    }
  }

  /** The bad batch comes at a plain step (3), and at refreshes (1 and 5). */
  @ParameterizedTest
  @MethodSource("methods")
  @Tag("fault")
  void step_lossNotFinite_changesNothingAndTheNextBatchTrainsOn(
      MethodConfig config, boolean embeddings) {
    try (Transformer model = spoiled(config);
        Method method = config.start(new MethodContext(model, embeddings, 1, 5));
        TokenBatch poisoned = TinyBert.batchWithSpareToken(kernels, 99)) {
      Map<String, float[]> before = everything(model, method);
      for (int step = 1; step <= 6; step++) {
        if (step % 2 == 1) {
          StepResult withheld = method.step(List.of(poisoned), step, RATE, FixedRanks.NONE);
          assertThat(withheld.applied()).isFalse();
          assertThat(withheld.loss()).isNaN();
          assertThat(withheld.refresh()).isEmpty();
          requireSameBits(everything(model, method), before);
        }
        train(model, method, step, step);
        Map<String, float[]> after = everything(model, method);
        String moved = config.equals(LOQT) && step % 4 == 1 ? "refreshes" : "classifier.bias";
        assertThat(after.get(moved)).isNotEqualTo(before.get(moved));
        before = after;
      }
    }
  }

  /**
   * Arrays that belong to the long-lived manager are parameters and moments, with that trigger the
   * sums of gradients, and no more.
   */
  @ParameterizedTest
  @MethodSource("methods")
  void step_many_keepsNothingInNativeMemory(MethodConfig config, boolean embeddings) {
    try (Transformer model = load(config)) {
      assertThat(nativeArrays()).isEqualTo(model.parameters().size());
      try (Method method = config.start(new MethodContext(model, embeddings, 1, 5))) {
        int expected = model.parameters().size() + 2 * trained(config, embeddings, model);
        expected += config == TRIGGERED ? model.layers().size() : 0;
        assertThat(nativeArrays()).isEqualTo(expected);
        train(model, method, 1, 5);
        assertThat(nativeArrays()).isEqualTo(expected);
        train(model, method, 6, 25);
        method.restore(method.snapshot());
        assertThat(nativeArrays()).isEqualTo(expected);
      }
      assertThat(nativeArrays()).isEqualTo(model.parameters().size());
    }
    assertThat(nativeArrays()).isZero();
  }

  @Test
  void optimizerBytes_adaRankGrad_isWhatRanksAndWholeTensorsCost() {
    try (Transformer model = TinyBert.load(kernels);
        Method method = ADA_RANK_GRAD.start(new MethodContext(model, false, 1, 5))) {
      long whole = 8 * model.small().stream().mapToLong(Parameter::size).sum();
      assertThat(method.optimizerBytes()).isEqualTo(whole);
      Map<String, Long> bytesPerRank = new LinkedHashMap<>();
      RankSource source =
          (refresh, step, spectra) -> {
            spectra.forEach(s -> bytesPerRank.put(s.layer(), s.bytesPerRank()));
            return RANKS.decide(refresh, step, spectra);
          };
      for (int step = 1; step <= 9; step += 4) {
        try (TokenBatch batch = TinyBert.batch(kernels, step)) {
          method.step(List.of(batch), step, RATE, source);
        }
        long overlays =
            model.layers().stream()
                .mapToLong(layer -> layer.rank() * requireNonNull(bytesPerRank.get(layer.name())))
                .sum();
        assertThat(overlays).isPositive();
        assertThat(method.optimizerBytes()).isEqualTo(whole + overlays);
      }
    }
  }

  @Test
  void start_residualOverAPackedBase_reportsTheBaseToUse() {
    try (Transformer model = TinyBert.load(kernels, BaseForm.NF4)) {
      assertThatExceptionOfType(UsageException.class)
          .isThrownBy(() -> FIRA.start(new MethodContext(model, false, 1, 5)))
          .withMessageContaining("base in NF4")
          .withMessageContaining("engine.base fp32");
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "0.9, 2"})
  void optimizerBytes_lozo_areVAndRAndTheMomentum(double momentum, int rights) {
    LozoConfig config = new LozoConfig(3, 4, 1e-3, momentum, 0, false);
    try (Transformer model = TinyBert.load(kernels);
        Method method = config.start(new MethodContext(model, false, 1, 5))) {
      long widths =
          model.layers().stream().mapToLong(layer -> layer.in() + rights * layer.out()).sum();
      assertThat(method.optimizerBytes()).isEqualTo(3 * 4 * widths);
    }
  }

  @Test
  void optimizerBytes_adamW_areTwoMomentsOfEveryWeight() {
    try (Transformer model = TinyBert.load(kernels);
        Method method = ADAM.start(new MethodContext(model, true, 1, 5))) {
      long elements = model.parameters().stream().mapToLong(Parameter::size).sum();
      assertThat(method.optimizerBytes()).isEqualTo(8 * elements);
    }
  }

  private Transformer spoiled(MethodConfig config) {
    Transformer model = load(config);
    TinyBert.spoilSpareToken(model);
    return model;
  }

  /** Loads the model with the base that suits a method. */
  private Transformer load(MethodConfig config) {
    return TinyBert.load(kernels, config.equals(LOQT) ? BaseForm.NF4 : BaseForm.FP32);
  }

  private void train(Transformer model, Method method, int from, int to) {
    for (int step = from; step <= to; step++) {
      try (TokenBatch batch = TinyBert.batch(kernels, step)) {
        assertThat(method.step(List.of(batch), step, RATE, RANKS).applied()).isTrue();
        model.evaluate(batch);
      }
    }
  }

  private static int trained(MethodConfig config, boolean embeddings, Transformer model) {
    int whole = embeddings ? model.embedding().size() : 0;
    if (config instanceof LozoConfig) {
      return 0; // What it keeps is in the Java heap.
    }
    return config instanceof LoraConfig
        ? whole + 2 * model.layers().size() + model.classifier().size()
        : whole + model.layers().size() + model.small().size();
  }

  private int nativeArrays() {
    return ((BaseNDManager) kernels.manager()).getManagedArrays().size();
  }

  /** Folds what a snapshot has sealed, and takes the steps again that it has the scalars of. */
  private static void bringUp(Snapshot snapshot, Transformer model, Method method) {
    Map<String, LinearLayer> layers =
        model.layers().stream().collect(Collectors.toMap(LinearLayer::name, Function.identity()));
    snapshot.sealed().forEach(f -> requireNonNull(layers.get(f.layer())).apply(f));
    snapshot.scalars().map(PackedSteps::unpack).ifPresent(method::replay);
  }

  /** Returns weights, overlays, moments and counters by name. */
  private static Map<String, float[]> everything(Transformer model, Method method) {
    Map<String, float[]> all = new LinkedHashMap<>();
    model.parameters().forEach(p -> all.put(p.name(), floats(p)));
    Snapshot snapshot = method.snapshot();
    for (HostTensor tensor : snapshot.state()) {
      all.put(tensor.name(), tensor.values());
    }
    snapshot.counters().forEach((name, count) -> all.put(name, new float[] {(float) (long) count}));
    return all;
  }

  /** Returns the values; of packed weights, their codes. */
  private static float[] floats(Parameter parameter) {
    try (NDArray floats = parameter.value().toType(DataType.FLOAT32, true)) {
      return floats.toFloatArray();
    }
  }

  private static void requireSameBits(Map<String, float[]> actual, Map<String, float[]> expected) {
    assertThat(actual).containsOnlyKeys(expected.keySet());
    expected.forEach((name, values) -> assertThat(actual.get(name)).as(name).isEqualTo(values));
  }
}
