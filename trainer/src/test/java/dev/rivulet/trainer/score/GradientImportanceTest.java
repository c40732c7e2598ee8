package dev.rivulet.trainer.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.model.LoadOptions;
import dev.rivulet.trainer.model.ModelLoader;
import dev.rivulet.trainer.model.TinyBert;
import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.tensor.Kernels;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("cross-check")
class GradientImportanceTest {

  /** Both batches have 6 rows, so that the mean gradient is that of their mean losses. */
  @ParameterizedTest
  @EnumSource(BaseForm.class)
  void measure_twoBatches_isTheMeanOfWeightTimesMeanGradient(BaseForm base) {
    try (Kernels kernels = Kernels.load(Device.cpu(), 1);
        Transformer model =
            ModelLoader.load(
                kernels, TinyBert.DIRECTORY, new LoadOptions(TinyBert.CLASSES, 0, base));
        TokenBatch first = TinyBert.batch(kernels, 1);
        TokenBatch second = TinyBert.batch(kernels, 2)) {
      List<LinearLayer> some = model.layers().subList(2, 8);
      Map<String, Double> scores = GradientImportance.measure(model, some, List.of(first, second));

      assertThat(scores.keySet())
          .containsExactlyElementsOf(some.stream().map(LinearLayer::name).toList());
      for (LinearLayer layer : some) {
        float[] weight = layer.floats();
        float[] ofFirst = gradient(model, layer, first);
        float[] ofSecond = gradient(model, layer, second);
        double sum = 0;
        for (int i = 0; i < weight.length; i++) {
          sum += Math.abs(weight[i] * (ofFirst[i] + ofSecond[i]) / 2.0);
        }
        double expected = sum / weight.length;
        assertThat(scores.get(layer.name()))
            .as(layer.name())
            .isCloseTo(expected, within(1e-4 * expected));
      }
    }
  }

  private static float[] gradient(Transformer model, LinearLayer layer, TokenBatch batch) {
    float[][] found = new float[1][];
    float unused =
        model.gradients(
            batch,
            Set.of(layer.weight()),
            (parameter, gradient) -> found[0] = gradient.toFloatArray());
    return found[0];
  }
}
