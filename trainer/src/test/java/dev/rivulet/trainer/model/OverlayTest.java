package dev.rivulet.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import dev.rivulet.schemas.fold.LayerFactor;
import dev.rivulet.schemas.fold.Rounding;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.tensor.GraphProbe;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Matrix;
import dev.rivulet.trainer.tensor.Parameter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Overlays of every layer against the weights that they stand for. */
@Tag("cross-check")
class OverlayTest {
  private static final int RANK = 5;
  private static final float SCALE = 1.5f;

  private final Kernels kernels = Kernels.load(Device.cpu(), 1);
  private final GraphProbe graphs = new GraphProbe(kernels);

  @AfterEach
  void close() {
    graphs.close();
    kernels.close();
  }

  /** ∂loss/∂R = s·LᵀG and ∂loss/∂L = s·GRᵀ, with G from a plain backward pass. */
  @ParameterizedTest
  @CsvSource({
    "bert-classifier,FAST", "llama-gqa,FAST", "qwen2,FAST", "mistral,FAST",
    "bert-classifier,LEAN", "llama-gqa,LEAN", "qwen2,LEAN", "mistral,LEAN"
  })
  void gradients_openOverlays_areThoseOfTheWeightProjected(String name, MemoryMode memory)
      throws IOException {
    try (Transformer model = load(name);
        TokenBatch batch = Golden.tokens(kernels, name)) {
      model.setMemory(memory);
      Overlays.open(model, SCALE, RANK);
      Map<String, Matrix> left = values(model, LinearLayer::left);
      Map<String, Matrix> right = values(model, LinearLayer::right);
      Map<String, Matrix> ofLeft = gradients(model, batch, LinearLayer::left);
      Map<String, Matrix> ofRight = gradients(model, batch, LinearLayer::right);
      Map<String, Matrix> ofBoth = gradientsOfBoth(model, batch);
      model.layers().forEach(layer -> layer.seal(0, Rounding.NEAREST));
      Map<String, Matrix> ofWeights = gradients(model, batch, LinearLayer::weight);

      for (LinearLayer layer : model.layers()) {
        String at = layer.name();
        Matrix full = Matrix.in(ofWeights, at);
        Matrix expected = Matrix.in(left, at).transposed().times(full).times(layer.scale());
        assertThat(Matrix.in(ofRight, at).distance(expected)).as(at).isLessThan(1e-4);
        expected = full.times(Matrix.in(right, at).transposed()).times(layer.scale());
        assertThat(Matrix.in(ofLeft, at).distance(expected)).as(at).isLessThan(1e-4);
        assertThat(Matrix.in(ofBoth, at + ".L").distance(Matrix.in(ofLeft, at))).as(at).isZero();
        assertThat(Matrix.in(ofBoth, at + ".R").distance(Matrix.in(ofRight, at))).as(at).isZero();
      }
      assertThat(model.layers()).extracting(LinearLayer::basisOnLeft).contains(true, false);
    }
  }

  /** Each layer's factor alone, beside which a half may have nothing to go back through. */
  @ParameterizedTest
  @ValueSource(strings = {"bert-classifier", "llama-gqa"})
  void gradients_oneFactorWanted_areTheSameBitsInBothModes(String name) throws IOException {
    try (Transformer model = load(name);
        TokenBatch batch = Golden.tokens(kernels, name)) {
      Overlays.open(model, SCALE, RANK);
      for (LinearLayer layer : model.layers()) {
        for (Parameter factor : layer.overlay()) {
          model.setMemory(MemoryMode.FAST);
          float[] fast = gradient(model, batch, factor);
          model.setMemory(MemoryMode.LEAN);

          assertThat(gradient(model, batch, factor)).as(factor.name()).containsExactly(fast);
        }
      }
    }
  }

  private static float[] gradient(Transformer model, TokenBatch batch, Parameter wanted) {
    List<float[]> found = new ArrayList<>();
    model.gradients(
        batch, Set.of(wanted), (parameter, gradient) -> found.add(gradient.toFloatArray()));
    return found.get(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bert-classifier", "roberta-classifier", "llama-gqa", "qwen2"})
  void seal_openOverlays_leavesTheFunctionAsItWas(String name) throws IOException {
    try (Transformer model = load(name);
        Transformer base = load(name);
        TokenBatch batch = Golden.tokens(kernels, name)) {
      Overlays.open(model, SCALE, RANK);
      float[] open = model.logits(batch);
      List<LayerFactor> sealed =
          model.layers().stream().map(layer -> layer.seal(7, Rounding.NEAREST)).toList();
      float[] after = model.logits(batch);

      assertThat(after).containsExactly(open, within(1e-4f));
      assertThat(sealed).extracting(LayerFactor::rank).containsOnly(RANK);
      assertThat(model.layers()).extracting(LinearLayer::rank).containsOnly(0);
      assertThat(base.logits(batch)[0]).isNotCloseTo(after[0], within(1e-3f));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"bert-classifier", "llama-gqa"})
  void gradients_onlyTheHeadWanted_stopsAtTheHead(String name) throws IOException {
    try (Transformer model = load(name);
        TokenBatch batch = Golden.tokens(kernels, name)) {
      Map<String, Matrix> found = new HashMap<>();
      Parameter last = model.small().get(model.small().size() - 1);
      model.gradients(
          batch,
          Set.of(last),
          (parameter, gradient) -> found.put(parameter.name(), Matrix.of(gradient)));

      assertThat(found).containsOnlyKeys(last.name());
    }
  }

  private Transformer load(String name) {
    return ModelLoader.load(kernels, Golden.directory(name), LoadOptions.classifier(3, 0));
  }

  private Map<String, Matrix> gradients(
      Transformer model, TokenBatch batch, Function<LinearLayer, Parameter> choice) {
    Map<Parameter, String> layers =
        model.layers().stream().collect(Collectors.toMap(choice, LinearLayer::name));
    Map<String, Matrix> gradients = new HashMap<>();
    model.gradients(
        batch,
        layers.keySet(),
        (parameter, gradient) -> {
          // A graph behind a gradient would keep the block's activations until the step ends.
          assertThat(graphs.hasGraph(gradient)).as(parameter.name()).isFalse();
          gradients.put(layers.get(parameter), Matrix.of(gradient));
        });
    return gradients;
  }

  /** Returns the gradients of L and R by their names, from one pass that takes both. */
  private static Map<String, Matrix> gradientsOfBoth(Transformer model, TokenBatch batch) {
    Set<Parameter> wanted =
        model.layers().stream()
            .flatMap(layer -> layer.overlay().stream())
            .collect(Collectors.toSet());
    Map<String, Matrix> gradients = new HashMap<>();
    model.gradients(
        batch,
        wanted,
        (parameter, gradient) -> gradients.put(parameter.name(), Matrix.of(gradient)));
    return gradients;
  }

  private static Map<String, Matrix> values(
      Transformer model, Function<LinearLayer, Parameter> choice) {
    return model.layers().stream()
        .collect(
            Collectors.toMap(LinearLayer::name, layer -> Matrix.of(choice.apply(layer).value())));
  }
}
