package dev.rivulet.trainer.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ai.djl.Device;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.trainer.model.LoadOptions;
import dev.rivulet.trainer.model.ModelLoader;
import dev.rivulet.trainer.model.TinyBert;
import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ProbeTest {
  private final Kernels kernels = Kernels.load(Device.cpu(), 1);
  private final Transformer model = TinyBert.load(kernels);

  @AfterEach
  void close() {
    model.close();
    kernels.close();
  }

  @Test
  void step_classifier_trainsTheHeadAndNothingElse() {
    Map<String, float[]> before = values();
    float first;
    float last;
    try (Method method = ProbeConfig.DEFAULT.start(new MethodContext(model, true, 1, 0));
        TokenBatch batch = TinyBert.batch(kernels, 1)) {
      first = model.evaluate(batch).loss();
      for (int step = 1; step <= 20; step++) {
        assertThat(method.step(List.of(batch), step, 1e-2, FixedRanks.NONE).applied()).isTrue();
      }
      last = model.evaluate(batch).loss();
      assertThat(method.optimizerBytes()).isEqualTo(2 * headBytes());
    }
    assertThat(last).isLessThan(0.9f * first);
    Map<String, float[]> after = values();
    List<String> changed =
        before.keySet().stream()
            .filter(name -> !Arrays.equals(before.get(name), after.get(name)))
            .toList();
    assertThat(changed)
        .containsExactlyInAnyOrderElementsOf(
            model.classifier().stream().map(Parameter::name).toList());
  }

  @Test
  void start_languageModel_saysThatItHasNoHeadToProbe() {
    Path directory = Path.of("src/test/resources/golden/llama-gqa");
    try (Transformer causal = ModelLoader.load(kernels, directory, LoadOptions.classifier(2, 0))) {
      assertThatExceptionOfType(UsageException.class)
          .isThrownBy(
              () -> ProbeConfig.DEFAULT.start(new MethodContext(causal, false, 1, 0)).close())
          .withMessageContaining("probe")
          .withMessageContaining("train.method");
    }
  }

  private long headBytes() {
    return model.classifier().stream().mapToLong(Parameter::bytes).sum();
  }

  private Map<String, float[]> values() {
    return model.parameters().stream()
        .collect(Collectors.toMap(Parameter::name, tensor -> tensor.value().toFloatArray()));
  }
}
