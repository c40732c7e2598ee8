package dev.rivulet.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.fold.KeyedRandom;
import dev.rivulet.trainer.factor.HostTensor;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One pass in parts against a pass of its own for each part. */
class PartsTest {
  private static final int PARTS = 3;
  private static final int RANK = 2;
  private static final float SCALE = 1.5f;

  private final Kernels kernels = Kernels.load(Device.cpu(), 1);
  private final NDManager scratch = kernels.manager().newSubManager();

  @AfterEach
  void close() {
    scratch.close();
    kernels.close();
  }

  /** Every parameter but the linear weights is each part's own: overlays, vectors, tables, head. */
  @ParameterizedTest
  @CsvSource({
    "bert-classifier,FP32",
    "bert-classifier,NF4",
    "roberta-classifier,FP32",
    "llama-gqa,FP32",
    "llama-gqa,BF16",
    "llama-gqa,NF4",
    "llama-rope-scaled-tied,FP32",
    "mistral,FP32",
    "qwen2,FP32",
    "qwen2,NF4"
  })
  @Tag("cross-check")
  void losses_everythingEachPartsOwn_areThoseOfSeparatePasses(String name, BaseForm base)
      throws IOException {
    try (Transformer model = load(name, base);
        TokenBatch batch = Golden.tokens(kernels, name)) {
      Overlays.open(model, SCALE, RANK);
      Map<Parameter, float[][]> values = new HashMap<>();
      model.layers().stream().flatMap(l -> l.overlay().stream()).forEach(p -> vary(p, values));
      Stream.concat(model.embedding().stream(), model.small().stream())
          .forEach(p -> vary(p, values));

      double[] together = model.losses(batch, parts(values));
      double[] apart = separately(model, batch, values);

      assertThat(together).containsExactly(apart, within(1e-5));
      assertThat(Arrays.stream(apart).distinct().count()).isEqualTo(PARTS);
      assertThat(Math.abs(apart[0] - apart[1])).isGreaterThan(1e-3);
    }
  }

  /** What probes do: L and all weights are shared, R and some vectors are not. */
  @ParameterizedTest
  @ValueSource(strings = {"bert-classifier", "qwen2"})
  void losses_onlyRightFactorsOrOneVectorOwn_areThoseOfSeparatePasses(String name)
      throws IOException {
    try (Transformer model = load(name, BaseForm.FP32);
        TokenBatch batch = Golden.tokens(kernels, name)) {
      Overlays.open(model, SCALE, RANK);
      List<Parameter> rights = model.layers().stream().map(LinearLayer::right).toList();
      List<List<Parameter>> choices = new ArrayList<>(List.of(rights));
      model.small().forEach(parameter -> choices.add(List.of(parameter)));
      for (List<Parameter> choice : choices) {
        Map<Parameter, float[][]> values = new HashMap<>();
        choice.forEach(parameter -> vary(parameter, values));

        double[] together = model.losses(batch, parts(values));

        assertThat(together)
            .as(choice.get(0).name())
            .containsExactly(separately(model, batch, values), within(1e-5));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"bert-classifier", "llama-gqa"})
  void losses_nothingOwn_areTheLossOfTheBatch(String name) throws IOException {
    try (Transformer model = load(name, BaseForm.FP32);
        TokenBatch batch = Golden.tokens(kernels, name)) {
      float loss = model.evaluate(batch).loss();

      assertThat(model.losses(batch, new Parts(2, Map.of())))
          .containsExactly(new double[] {loss, loss}, within(1e-6));
      assertThat(model.losses(batch, Parts.WHOLE))
          .containsExactly(new double[] {loss}, within(1e-6));
    }
  }

  @Test
  void of_tensorOfAnotherShape_namesParameterAndShapes() throws IOException {
    try (Transformer model = load("bert-classifier", BaseForm.FP32)) {
      Parameter bias = model.layers().get(0).bias();
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new Parts(2, Map.of(bias, scratch.zeros(new Shape(3, 32)))))
          .withMessageContaining("query.bias[32] in 2 parts: a tensor of shape (3, 32)");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new Parts(32, Map.of(bias, scratch.zeros(new Shape(32)))));
    }
  }

  /** Gives a parameter other values in each part, near those that it has. */
  private static void vary(Parameter parameter, Map<Parameter, float[][]> values) {
    if (parameter.size() == 0) {
      return;
    }
    float[] center = parameter.value().toFloatArray();
    float[][] all = new float[PARTS][];
    for (int part = 0; part < PARTS; part++) {
      all[part] = KeyedRandom.of(part, "test-parts", parameter.name(), 0).normal(center.length);
      for (int i = 0; i < center.length; i++) {
        all[part][i] = center[i] + 0.05f * all[part][i];
      }
    }
    values.put(parameter, all);
  }

  private Parts parts(Map<Parameter, float[][]> values) {
    Map<Parameter, NDArray> own = new HashMap<>();
    values.forEach(
        (parameter, all) -> {
          long[] shape = parameter.value().getShape().getShape();
          long[] withParts = new long[shape.length + 1];
          withParts[0] = PARTS;
          System.arraycopy(shape, 0, withParts, 1, shape.length);
          float[] flat = new float[Math.toIntExact(PARTS * parameter.size())];
          for (int part = 0; part < PARTS; part++) {
            System.arraycopy(all[part], 0, flat, part * all[part].length, all[part].length);
          }
          own.put(parameter, scratch.create(flat, new Shape(withParts)));
        });
    return new Parts(PARTS, own);
  }

  private static double[] separately(
      Transformer model, TokenBatch batch, Map<Parameter, float[][]> values) {
    Map<Parameter, HostTensor> before = new HashMap<>();
    values.keySet().forEach(parameter -> before.put(parameter, HostTensor.of(parameter)));
    double[] losses = new double[PARTS];
    for (int part = 0; part < PARTS; part++) {
      int of = part;
      values.forEach(
          (parameter, all) ->
              new HostTensor(parameter.name(), parameter.shape(), all[of]).into(parameter));
      losses[part] = model.evaluate(batch).loss();
    }
    before.forEach((parameter, tensor) -> tensor.into(parameter));
    return losses;
  }

  private Transformer load(String name, BaseForm base) {
    return ModelLoader.load(kernels, Golden.directory(name), new LoadOptions(3, 0, base));
  }
}
