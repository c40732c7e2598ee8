package dev.rivulet.trainer.method;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import dev.rivulet.trainer.model.TinyBert;
import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.tensor.Kernels;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Every method learns one batch by heart. */
class LearningTest {
  private static final int STEPS = 60;

  @Test
  void adamW_oneBatch_halvesItsLoss() {
    learn(AdamWConfig.DEFAULT, 1e-3);
  }

  @Test
  void adaRankGrad_oneBatchAtRankTwo_halvesItsLoss() {
    learn(
        new AdaRankGradConfig(AdamWConfig.DEFAULT, 0.9, 1, 2, 4, 20, 8, 1, 0, OptionalLong.empty()),
        1e-3);
  }

  @Test
  void lora_oneBatchAtRankTwo_halvesItsLoss() {
    learn(new LoraConfig(AdamWConfig.DEFAULT, 2, 8, Map.of(), List.of()), 3e-3);
  }

  private static void learn(MethodConfig config, double learningRate) {
    try (Kernels kernels = Kernels.load(Device.cpu(), 1);
        Transformer model = TinyBert.load(kernels);
        TokenBatch batch = TinyBert.batch(kernels, 1);
        Method method = Method.start(config, new Subject(model, false, 1, 0))) {
      float before = model.evaluate(batch).loss();
      for (int step = 1; step <= STEPS; step++) {
        StepResult result = method.step(List.of(batch), step, learningRate, FixedRanks.of(2, 1));
        assertThat(result.applied()).isTrue();
      }
      assertThat(model.evaluate(batch).loss()).isLessThan(before / 2);
    }
  }
}
