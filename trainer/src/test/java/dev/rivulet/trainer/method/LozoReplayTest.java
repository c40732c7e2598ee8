package dev.rivulet.trainer.method;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.rivulet.schemas.codec.AvroCodec;
import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.fold.BaseWeight;
import dev.rivulet.schemas.fold.LayerFactor;
import dev.rivulet.schemas.fold.RoundingPolicy;
import dev.rivulet.schemas.lozo.LozoDraw;
import dev.rivulet.schemas.lozo.LozoReplay;
import dev.rivulet.schemas.lozo.LozoWeights;
import dev.rivulet.schemas.lozo.PackedSteps;
import dev.rivulet.schemas.lozo.StepScalars;
import dev.rivulet.schemas.lozo.TakenStep;
import dev.rivulet.schemas.record.Step;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.model.LoadOptions;
import dev.rivulet.trainer.model.ModelLoader;
import dev.rivulet.trainer.model.TinyBert;
import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Trained weights, made again from the base and the scalars of the steps. */
@Tag("cross-check")
class LozoReplayTest {
  private static final int RANK = 3;
  private static final int REDRAW_EVERY = 4;
  private static final int STEPS = 14;
  private static final long SEED = 9;

  private final Kernels kernels = Kernels.load(Device.cpu(), 1);

  @AfterEach
  void close() {
    kernels.close();
  }

  /** Steps 1, 5, 9 and 13 are the first with a new V; step 6 is withheld. */
  @ParameterizedTest
  @CsvSource({
    "0, 0, false, FP32, NEAREST",
    "0, 0, false, BF16, NEAREST",
    "0, 0, false, BF16, STOCHASTIC",
    "0, 0, false, NF4, NEAREST",
    "0, 0, false, NF4, STOCHASTIC",
    "0, 0, false, NF4_DQ, NEAREST",
    "0.7, 0, false, FP32, NEAREST",
    "0.7, 0, false, NF4_DQ, STOCHASTIC",
    "0, 3, false, FP32, NEAREST",
    "0, 3, true, NF4, STOCHASTIC",
    "0.9, 2, true, FP32, NEAREST"
  })
  void apply_stepsOfTheLog_areTheTrainedWeightsBitForBit(
      double momentum, int queries, boolean normalise, BaseForm base, RoundingPolicy rounding) {
    LozoConfig config = new LozoConfig(RANK, REDRAW_EVERY, 1e-3, momentum, queries, normalise);
    try (Transformer model = load(base)) {
      LozoReplay replay =
          new LozoReplay(config.settings(SEED, rounding), bases(model), dense(model));
      List<byte[]> log = train(model, config, rounding);
      AvroCodec<Step> codec = AvroCodec.of(Step.class);
      LozoReplay.newestLine(log.stream().map(codec::decode).toList()).forEach(replay::apply);

      requireSame(replay, model);
      assertThat(replay.weights().updates()).isEqualTo(STEPS - 1);
      assertThat(replay.weights().redraw()).isEqualTo(3);
    }
  }

  /** Past two snapshots, whose scalars a fresh model is brought to the second one by. */
  @ParameterizedTest
  @CsvSource({
    "0, 0, FP32, false",
    "0, 0, BF16, false",
    "0.7, 0, NF4, true",
    "0.7, 3, FP32, true",
    "0, 2, NF4, false"
  })
  void replay_scalarsOfSnapshots_bringsAFreshModelToTheSameBits(
      double momentum, int queries, BaseForm base, boolean embeddings) {
    LozoConfig config = new LozoConfig(RANK, REDRAW_EVERY, 1e-3, momentum, queries, false);
    try (Transformer trained = load(base);
        Transformer used = load(base)) {
      List<TakenStep> steps = new ArrayList<>();
      try (Method method = config.start(new MethodContext(trained, embeddings, 0, SEED))) {
        for (int step = 1; step <= STEPS; step++) {
          try (TokenBatch batch = TinyBert.batch(kernels, step)) {
            method.step(List.of(batch), step, 1e-3 / step, FixedRanks.NONE);
          }
          if (step == 5 || step == STEPS) {
            steps.addAll(PackedSteps.unpack(method.snapshot().scalars().orElseThrow()));
          }
        }
      }
      assertThat(steps).extracting(TakenStep::step).startsWith(1L).endsWith((long) STEPS);

      LozoOverlay overlay =
          new LozoOverlay(
              config.settings(SEED, RoundingPolicy.NEAREST),
              new MethodContext(used, embeddings, 0, SEED));
      steps.forEach(overlay::replay);
      overlay.show();

      for (int i = 0; i < trained.parameters().size(); i++) {
        Parameter expected = trained.parameters().get(i);
        Parameter actual = used.parameters().get(i);
        assertThat(floats(actual)).as(expected.name()).isEqualTo(floats(expected));
      }
      try (TokenBatch batch = TinyBert.batch(kernels, 99)) {
        assertThat(used.evaluate(batch).loss()).isEqualTo(trained.evaluate(batch).loss());
      }
    }
  }

  private static float[] floats(Parameter parameter) {
    try (NDArray floats = parameter.value().toType(DataType.FLOAT32, true)) {
      return floats.toFloatArray();
    }
  }

  /**
   * The mistake of the code that the paper's authors published: on steps that draw V anew, the
   * update begins the step's stream again where the probe drew V, so that its U is another.
   */
  @Test
  void apply_streamShiftedWhereVIsDrawn_areOtherWeights() {
    LozoConfig config = new LozoConfig(RANK, REDRAW_EVERY, 1e-3, 0, 0, false);
    try (Transformer model = load(BaseForm.FP32)) {
      Map<String, BaseWeight> sound = bases(model);
      Map<String, BaseWeight> shifted = bases(model);
      Map<String, float[]> dense = dense(model);
      List<byte[]> log = train(model, config, RoundingPolicy.NEAREST);

      assertThat(matches(replayed(config, sound, dense, log, false), sound, model)).isTrue();
      assertThat(matches(replayed(config, shifted, dense, log, true), shifted, model)).isFalse();
    }
  }

  /** Takes the steps again by hand, and on redraw steps with a stream that is shifted or not. */
  private static LozoWeights replayed(
      LozoConfig config,
      Map<String, BaseWeight> bases,
      Map<String, float[]> dense,
      List<byte[]> log,
      boolean shift) {
    List<LozoWeights.Layer> layers =
        bases.entrySet().stream()
            .map(e -> new LozoWeights.Layer(e.getKey(), e.getValue().in(), e.getValue().out()))
            .toList();
    LozoWeights weights =
        new LozoWeights(config.settings(SEED, RoundingPolicy.NEAREST), layers, dense);
    for (byte[] bytes : log) {
      Step step = AvroCodec.of(Step.class).decode(bytes);
      if (!step.getApplied()) {
        continue;
      }
      StepScalars scalars = StepScalars.of(step.getZerothOrder());
      LozoDraw draw = weights.draw(scalars.key());
      if (shift && weights.updates() % REDRAW_EVERY == 0) {
        draw = shifted(draw, weights, layers);
      }
      weights
          .advance(draw, scalars.coefficients(), step.getLearningRate())
          .forEach(f -> requireNonNull(bases.get(f.layer())).add(f.update(), f.rounding()));
    }
    return weights;
  }

  /** Returns a draw whose U begins with the numbers that V was made of. */
  private static LozoDraw shifted(
      LozoDraw draw, LozoWeights weights, List<LozoWeights.Layer> layers) {
    Map<String, float[][]> factors = new HashMap<>();
    for (LozoWeights.Layer layer : layers) {
      float[] v = weights.open(layer.name()).update().left();
      float[] u = draw.factors(layer.name())[0];
      float[] stream = Arrays.copyOf(v, v.length + u.length);
      System.arraycopy(u, 0, stream, v.length, u.length);
      factors.put(layer.name(), new float[][] {Arrays.copyOf(stream, u.length)});
    }
    return new LozoDraw(draw.key(), factors, draw.dense());
  }

  private static boolean matches(
      LozoWeights weights, Map<String, BaseWeight> bases, Transformer model) {
    boolean same = true;
    for (LinearLayer layer : model.layers()) {
      same &=
          Arrays.equals(
              requireNonNull(bases.get(layer.name())).floats(),
              layer.weight().value().toFloatArray());
      same &= Arrays.equals(weights.right(layer.name()), layer.right().value().toFloatArray());
    }
    return same;
  }

  private void requireSame(LozoReplay replay, Transformer model) {
    for (LinearLayer layer : model.layers()) {
      String name = layer.name();
      BaseWeight expected = layer.base();
      if (replay.base(name) instanceof BaseWeight.Packed packed
          && expected instanceof BaseWeight.Packed trained) {
        assertThat(packed.values().codes()).as(name).isEqualTo(trained.values().codes());
        assertThat(packed.values().absmax()).as(name).isEqualTo(trained.values().absmax());
      }
      if (replay.base(name) instanceof BaseWeight.DoublyPacked packed
          && expected instanceof BaseWeight.DoublyPacked trained) {
        assertThat(packed.codes()).as(name).isEqualTo(trained.codes());
        assertThat(packed.absmax().codes()).as(name).isEqualTo(trained.absmax().codes());
        assertThat(packed.absmax().scales()).as(name).isEqualTo(trained.absmax().scales());
      }
      assertThat(replay.base(name).floats()).as(name).isEqualTo(expected.floats());
      LayerFactor open = replay.weights().open(name);
      assertThat(open.update().left()).as(name).isEqualTo(layer.left().value().toFloatArray());
      assertThat(open.update().right()).as(name).isEqualTo(layer.right().value().toFloatArray());
    }
    for (Parameter parameter : model.small()) {
      assertThat(replay.weights().dense(parameter.name()))
          .as(parameter.name())
          .isEqualTo(parameter.value().toFloatArray());
    }
  }

  /** Trains, and returns the records of the steps as the log has them. */
  private List<byte[]> train(Transformer model, LozoConfig config, RoundingPolicy rounding) {
    TinyBert.spoilSpareToken(model);
    List<byte[]> log = new ArrayList<>();
    AvroCodec<Step> codec = AvroCodec.of(Step.class);
    try (Method method = config.start(new MethodContext(model, false, 0, SEED, rounding))) {
      for (int step = 1; step <= STEPS; step++) {
        double learningRate = 1e-3 / step;
        boolean bad = step == 6;
        try (TokenBatch batch =
            bad ? TinyBert.batchWithSpareToken(kernels, step) : TinyBert.batch(kernels, step)) {
          StepResult result = method.step(List.of(batch), step, learningRate, FixedRanks.NONE);
          assertThat(result.applied()).isEqualTo(!bad);
          log.add(codec.encode(record(step, learningRate, result)));
        }
      }
    }
    return log;
  }

  private static Step record(long step, double learningRate, StepResult result) {
    return Step.newBuilder()
        .setRun("run")
        .setEpoch(0)
        .setStep(step)
        .setTotalSteps(STEPS)
        .setTimestamp(Instant.EPOCH)
        .setMethod("lozo")
        .setDataEpoch(0)
        .setBatches(List.of())
        .setLoss(result.loss())
        .setGradientNorm(result.gradientNorm())
        .setLearningRate(learningRate)
        .setTokens(1)
        .setApplied(result.applied())
        .setSeconds(1)
        .setWaitSeconds(0)
        .setWeightBytes(1)
        .setOptimizerBytes(1)
        .setPeakBytes(1)
        .setZerothOrder(result.zerothOrder().orElse(null))
        .build();
  }

  private Transformer load(BaseForm base) {
    return ModelLoader.load(
        kernels, TinyBert.DIRECTORY, new LoadOptions(TinyBert.CLASSES, 0, base));
  }

  private Map<String, BaseWeight> bases(Transformer model) {
    Map<String, BaseWeight> bases = new LinkedHashMap<>();
    model.layers().forEach(layer -> bases.put(layer.name(), layer.base()));
    return bases;
  }

  private static Map<String, float[]> dense(Transformer model) {
    Map<String, float[]> dense = new HashMap<>();
    model.small().forEach(p -> dense.put(p.name(), p.value().toFloatArray()));
    return dense;
  }
}
