package dev.rivulet.trainer.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.BaseNDManager;
import ai.djl.ndarray.NDArray;
import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.fold.KeyedRandom;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.model.LoadOptions;
import dev.rivulet.trainer.model.ModelLoader;
import dev.rivulet.trainer.model.TinyBert;
import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("cross-check")
class DisagreementTest {
  private static final Disagreement DISAGREEMENT = new Disagreement(3, 2, 1);

  private final Kernels kernels = Kernels.load(Device.cpu(), 1);
  private final List<TokenBatch> batches =
      List.of(TinyBert.batch(kernels, 1), TinyBert.batch(kernels, 2));

  @AfterEach
  void close() {
    batches.forEach(TokenBatch::close);
    kernels.close();
  }

  /** In the authors' notebook the noise of the modules before stays: then the order decides. */
  @ParameterizedTest
  @EnumSource(BaseForm.class)
  void measure_anotherOrderOfLayers_givesTheSameScores(BaseForm base) throws Exception {
    try (Transformer model = load(base)) {
      List<LinearLayer> reversed = new ArrayList<>(model.layers());
      Collections.reverse(reversed);
      Map<String, Double> scores =
          DISAGREEMENT.measure(model, model.layers(), batches, Progress.NONE);

      assertThat(DISAGREEMENT.measure(model, reversed, batches, Progress.NONE)).isEqualTo(scores);
      assertThat(scores.values()).allMatch(score -> score > 0).doesNotHaveDuplicates();
    }
  }

  @ParameterizedTest
  @EnumSource(BaseForm.class)
  void measure_everyForm_leavesEveryTensorAsItWas(BaseForm base) throws Exception {
    try (Transformer model = load(base)) {
      IdentityHashMap<Parameter, NDArray> tensors = new IdentityHashMap<>();
      model.parameters().forEach(p -> tensors.put(p, p.value()));
      Map<String, float[]> weights = weights(model);
      long bytes = bytes(model);
      int arrays = ((BaseNDManager) kernels.manager()).getManagedArrays().size();
      DISAGREEMENT.measure(model, model.layers(), batches, Progress.NONE);

      model.parameters().forEach(p -> assertThat(p.value()).isSameAs(tensors.get(p)));
      weights(model).forEach((name, now) -> assertThat(now).isEqualTo(weights.get(name)));
      assertThat(bytes(model)).isEqualTo(bytes);
      assertThat(((BaseNDManager) kernels.manager()).getManagedArrays()).hasSize(arrays);
    }
  }

  @Test
  void measure_endedHalfWay_leavesTheWeightsAsTheyWere() {
    try (Transformer model = load(BaseForm.FP32)) {
      Map<String, float[]> weights = weights(model);
      assertThatThrownBy(
              () ->
                  DISAGREEMENT.measure(
                      model,
                      model.layers(),
                      batches,
                      () -> {
                        throw new InterruptedException();
                      }))
          .isInstanceOf(InterruptedException.class);
      weights(model).forEach((name, now) -> assertThat(now).isEqualTo(weights.get(name)));
    }
  }

  /** Two models with the disturbed weights for good, against the measurement. */
  @Test
  void measure_oneRepeat_isTheDistanceOfTwoDisturbedModels() throws Exception {
    double noise = 0.5;
    LinearLayer layer;
    Map<String, Double> scores;
    try (Transformer model = load(BaseForm.FP32)) {
      layer = model.layers().get(9);
      scores = new Disagreement(8, 1, noise).measure(model, model.layers(), batches, Progress.NONE);
    }
    double sum = 0;
    int rows = 0;
    for (TokenBatch batch : batches) {
      float[] first = logits(layer.name(), batch, 0, noise);
      float[] second = logits(layer.name(), batch, 1, noise);
      for (int i = 0; i < first.length; i++) {
        sum += Math.abs(first[i] - second[i]);
      }
      rows += first.length / TinyBert.CLASSES;
    }
    assertThat(scores.get(layer.name())).isCloseTo(sum / rows, within(1e-5));
  }

  @Test
  void deviation_values_isThatOfThePopulation() {
    assertThat(Disagreement.deviation(new float[] {1, 3, 5, 7}))
        .isCloseTo(Math.sqrt(5), within(1e-12));
    assertThat(Disagreement.deviation(new float[0])).isZero();
  }

  private float[] logits(String name, TokenBatch batch, int draw, double noise) {
    try (Transformer model = load(BaseForm.FP32)) {
      LinearLayer layer =
          model.layers().stream()
              .filter(candidate -> candidate.name().equals(name))
              .findFirst()
              .orElseThrow();
      disturb(layer.weight(), name + ".weight", draw, noise);
      disturb(layer.bias(), name + ".bias", draw, noise);
      return model.logits(batch);
    }
  }

  private static void disturb(Parameter parameter, String name, int draw, double noise) {
    float[] values = parameter.value().toFloatArray();
    float[] normal = KeyedRandom.of(8, "adarank", name, draw).normal(values.length);
    double mean = 0;
    double squares = 0;
    for (float value : values) {
      mean += value / values.length;
      squares += value * value / values.length;
    }
    for (int i = 0; i < values.length; i++) {
      values[i] += (float) (noise * Math.sqrt(squares - mean * mean) * normal[i]);
    }
    parameter.replace(values, parameter.shape().stream().mapToLong(side -> side).toArray());
  }

  private Transformer load(BaseForm base) {
    return ModelLoader.load(
        kernels, TinyBert.DIRECTORY, new LoadOptions(TinyBert.CLASSES, 0, base));
  }

  private static Map<String, float[]> weights(Transformer model) {
    Map<String, float[]> weights = new HashMap<>();
    for (LinearLayer layer : model.layers()) {
      weights.put(layer.name(), layer.floats());
      weights.put(layer.bias().name(), layer.bias().value().toFloatArray());
    }
    return weights;
  }

  private static long bytes(Transformer model) {
    return model.parameters().stream().mapToLong(Parameter::bytes).sum();
  }
}
