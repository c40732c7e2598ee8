package dev.rivulet.trainer.method;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.trainer.model.TinyBert;
import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.tensor.Kernels;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every method learns one batch by heart. */
class LearningTest {
  private static final int STEPS = 60;

  @Test
  void adamW_oneBatch_halvesItsLoss() {
    learn(AdamWConfig.DEFAULT, 1e-3);
  }

  @Test
  void adaRankGrad_oneBatchAtRankTwo_halvesItsLoss() {
    learn(AdaRankGradConfig.adaptive(0.9, 1, 2, 4, 20), 1e-3);
  }

  /** At a rank and a rate at which the basis alone has not got as far. */
  @Test
  void fira_oneBatchAtRankOne_learnsMoreThanTheBasisAlone() {
    assertThat(learnt(fira(ResidualPolicy.FIRA)))
        .isLessThan(0.8f * learnt(fira(ResidualPolicy.NONE)));
  }

  private static AdaRankGradConfig fira(ResidualPolicy residual) {
    return new AdaRankGradConfig(
        AdamWConfig.DEFAULT,
        0.9,
        1,
        1,
        1,
        RefreshRule.every(20),
        8,
        1,
        true,
        0,
        OptionalLong.empty(),
        MomentPolicy.TRANSPORT,
        residual);
  }

  @Test
  void adaRankGrad_oneBatchOverNf4_halvesItsLoss() {
    learn(AdaRankGradConfig.adaptive(0.9, 1, 2, 4, 20), BaseForm.NF4, 1e-3);
  }

  @Test
  void loqt_oneBatchOverNf4_halvesItsLoss() {
    learn(loqt(), BaseForm.NF4, 1e-3);
  }

  @Test
  void loqt_oneBatchWithoutQuantisation_halvesItsLoss() {
    learn(loqt(), BaseForm.FP32, 1e-3);
  }

  private static LoqtConfig loqt() {
    return new LoqtConfig(
        AdamWConfig.DEFAULT,
        2,
        4,
        15,
        1.2,
        OptionalInt.empty(),
        5,
        true,
        MomentPolicy.TRANSPORT,
        8,
        1);
  }

  @Test
  void lora_oneBatchAtRankTwo_halvesItsLoss() {
    learn(new LoraConfig(AdamWConfig.DEFAULT, 2, 8, LoraScaling.RANK, Map.of(), List.of()), 3e-3);
  }

  @ParameterizedTest
  @CsvSource({"0, 0, 2e-3", "0.9, 0, 2e-3", "0, 8, 4e-3"})
  void lozo_oneBatch_halvesItsLoss(double momentum, int queries, double learningRate) {
    learn(
        new LozoConfig(2, 50, 1e-3, momentum, queries, false),
        BaseForm.FP32,
        learningRate,
        queries == 0 ? 500 : 250);
  }

  private static void learn(MethodConfig config, double learningRate) {
    learn(config, BaseForm.FP32, learningRate);
  }

  private static void learn(MethodConfig config, BaseForm base, double learningRate) {
    learn(config, base, learningRate, STEPS);
  }

  private static void learn(MethodConfig config, BaseForm base, double learningRate, int steps) {
    try (Kernels kernels = Kernels.load(Device.cpu(), 1);
        Transformer model = TinyBert.load(kernels, base);
        TokenBatch batch = TinyBert.batch(kernels, 1);
        Method method = config.start(new MethodContext(model, false, 1, 0))) {
      float before = model.evaluate(batch).loss();
      for (int step = 1; step <= steps; step++) {
        StepResult result = method.step(List.of(batch), step, learningRate, FixedRanks.of(2, 1));
        assertThat(result.applied()).isTrue();
      }
      assertThat(model.evaluate(batch).loss()).isLessThan(before / 2);
    }
  }

  /** Returns the loss of a batch after some steps on it. */
  private static float learnt(MethodConfig config) {
    try (Kernels kernels = Kernels.load(Device.cpu(), 1);
        Transformer model = TinyBert.load(kernels);
        TokenBatch batch = TinyBert.batch(kernels, 1);
        Method method = config.start(new MethodContext(model, false, 1, 0))) {
      for (int step = 1; step <= 40; step++) {
        method.step(List.of(batch), step, 1e-3, FixedRanks.of(1));
      }
      return model.evaluate(batch).loss();
    }
  }
}
