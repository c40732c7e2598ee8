package dev.rivulet.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import dev.rivulet.trainer.factor.HostTensor;
import dev.rivulet.trainer.factor.LayerFactor;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Matrix;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Overlays of every layer against the weights that they stand for. */
@Tag("cross-check")
class OverlayTest {
  private static final int RANK = 5;
  private static final float SCALE = 1.5f;

  private Kernels kernels;
  private Transformer model;
  private TokenBatch batch;

  @BeforeEach
  void openOverlays() {
    kernels = Kernels.load(Device.cpu(), 1);
    model = TinyBert.load(kernels);
    batch = TinyBert.batch(kernels, 1);
    model.setOverlayScale(SCALE);
    for (LinearLayer layer : model.layers()) {
      layer.restore(
          new LayerFactor(
              layer.name(),
              0,
              SCALE,
              random(layer.name() + ".L", layer.in(), RANK),
              random(layer.name() + ".R", RANK, layer.out())));
    }
  }

  @AfterEach
  void close() {
    batch.close();
    model.close();
    kernels.close();
  }

  @Test
  void gradients_openOverlays_areThoseOfTheWeightProjected() {
    Map<String, Matrix> ofFactors = gradients(LinearLayer::trained);
    Map<String, Matrix> left = values(LinearLayer::left);
    Map<String, Matrix> right = values(LinearLayer::right);
    model.layers().forEach(layer -> layer.seal(0, SCALE));
    Map<String, Matrix> ofWeights = gradients(LinearLayer::weight);

    for (LinearLayer layer : model.layers()) {
      String name = layer.name();
      Matrix full = Matrix.in(ofWeights, name);
      Matrix projected =
          layer.basisOnLeft()
              ? Matrix.in(left, name).transposed().times(full)
              : full.times(Matrix.in(right, name).transposed());
      assertThat(Matrix.in(ofFactors, name).distance(projected.times(SCALE)))
          .as(name)
          .isLessThan(1e-4);
    }
    assertThat(model.layers()).extracting(LinearLayer::basisOnLeft).contains(true, false);
  }

  @Test
  void seal_openOverlays_leavesTheFunctionAsItWas() {
    float[] open = model.logits(batch);
    List<LayerFactor> sealed = model.layers().stream().map(layer -> layer.seal(7, SCALE)).toList();
    float[] after = model.logits(batch);

    assertThat(after).containsExactly(open, within(1e-5f));
    assertThat(sealed).extracting(LayerFactor::rank).containsOnly(RANK);
    assertThat(model.layers()).extracting(LinearLayer::rank).containsOnly(0);
    try (Transformer base = TinyBert.load(kernels)) {
      assertThat(base.logits(batch)[0]).isNotCloseTo(after[0], within(1e-3f));
    }
  }

  @Test
  void gradients_onlyTheHeadWanted_stopsAtTheHead() {
    Map<String, Matrix> found = new HashMap<>();
    Parameter bias = model.small().get(model.small().size() - 1);
    model.gradients(
        batch,
        Set.of(bias),
        (parameter, gradient) -> found.put(parameter.name(), Matrix.of(gradient)));

    assertThat(found).containsOnlyKeys("classifier.bias");
  }

  private Map<String, Matrix> gradients(Function<LinearLayer, Parameter> choice) {
    Map<Parameter, String> layers =
        model.layers().stream().collect(Collectors.toMap(choice, LinearLayer::name));
    Map<String, Matrix> gradients = new HashMap<>();
    model.gradients(
        batch,
        layers.keySet(),
        (parameter, gradient) -> gradients.put(layers.get(parameter), Matrix.of(gradient)));
    return gradients;
  }

  private Map<String, Matrix> values(Function<LinearLayer, Parameter> choice) {
    return model.layers().stream()
        .collect(
            Collectors.toMap(LinearLayer::name, layer -> Matrix.of(choice.apply(layer).value())));
  }

  private static HostTensor random(String name, int rows, int cols) {
    return new HostTensor(
        name,
        List.of((long) rows, (long) cols),
        Matrix.normal(name, rows, cols).times(0.1).floats());
  }
}
