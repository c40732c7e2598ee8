package dev.rivulet.trainer.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.trainer.factor.LinearLayer;
import dev.rivulet.trainer.model.LoadOptions;
import dev.rivulet.trainer.model.ModelLoader;
import dev.rivulet.trainer.model.TinyBert;
import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LoraTest {
  private static final double RATE = 3e-3;

  private final Kernels kernels = Kernels.load(Device.cpu(), 1);
  private final Transformer model = TinyBert.load(kernels);

  @AfterEach
  void close() {
    model.close();
    kernels.close();
  }

  /** B is 0; AdaRank's code draws it, and so starts from another function. */
  @Test
  void start_overlaysOpened_theModelIsTheBase() {
    try (TokenBatch batch = TinyBert.batch(kernels, 1)) {
      float[] base = model.logits(batch);
      try (Method method = start(config(4, 8))) {
        assertThat(model.logits(batch)).containsExactly(base, within(1e-6f));
        assertThat(model.layers()).extracting(LinearLayer::rank).containsOnly(4);
        assertThat(method.snapshot().open()).hasSize(12);
      }
    }
  }

  /** U(-1/√in, 1/√in) has a standard deviation of 1/√(3 in). */
  @Test
  void start_left_isKaimingUniformAsInPeft() {
    try (Method method = start(config(32, 8))) {
      assertThat(method.snapshot().open()).hasSize(12);
      for (LinearLayer layer : model.layers()) {
        double bound = 1 / Math.sqrt(layer.in());
        float[] left = layer.left().value().toFloatArray();
        double squares = 0;
        for (float value : left) {
          assertThat((double) value).isBetween(-bound, bound);
          squares += value * value;
        }
        assertThat(Math.sqrt(squares / left.length))
            .isCloseTo(bound / Math.sqrt(3), within(.05 * bound));
      }
      assertThat(model.layers().stream().map(layer -> layer.left().value().getFloat(0, 0)))
          .as("each layer has numbers of its own")
          .doesNotHaveDuplicates();
    }
  }

  @Test
  void step_classifier_trainsFactorsAndHeadAndNothingElse() {
    Map<String, float[]> before = values(model);
    try (Method method = start(config(2, 8))) {
      train(method, 3);
    }
    Set<String> trained =
        model.layers().stream()
            .flatMap(layer -> layer.overlay().stream())
            .map(Parameter::name)
            .collect(Collectors.toSet());
    trained.addAll(
        List.of(
            "bert.pooler.dense.weight",
            "bert.pooler.dense.bias",
            "classifier.weight",
            "classifier.bias"));
    values(model)
        .forEach(
            (name, now) -> {
              if (trained.contains(name)) {
                assertThat(now).as(name).isNotEqualTo(before.get(name));
              } else {
                assertThat(now).as(name).isEqualTo(before.get(name));
              }
            });
  }

  @Test
  void step_packedBase_learnsAboveItAndLeavesItsBits() {
    LoadOptions options = new LoadOptions(TinyBert.CLASSES, 0, BaseForm.NF4);
    try (Transformer packed = ModelLoader.load(kernels, TinyBert.DIRECTORY, options);
        TokenBatch batch = TinyBert.batch(kernels, 1);
        Method method = config(2, 8).start(new MethodContext(packed, false, 1, 5))) {
      Map<String, byte[]> codes = new HashMap<>();
      packed
          .layers()
          .forEach(layer -> codes.put(layer.name(), layer.weight().value().toByteArray()));
      float before = packed.evaluate(batch).loss();
      for (int step = 1; step <= 30; step++) {
        assertThat(method.step(List.of(batch), step, RATE, FixedRanks.NONE).applied()).isTrue();
      }
      assertThat(packed.evaluate(batch).loss()).isLessThan(0.8f * before);
      for (LinearLayer layer : packed.layers()) {
        assertThat(layer.weight().value().toByteArray()).isEqualTo(codes.get(layer.name()));
      }
    }
  }

  @Test
  void start_languageModel_trainsFactorsAlone() {
    Path directory = Path.of("src/test/resources/golden/llama-gqa");
    try (Transformer causal = ModelLoader.load(kernels, directory, LoadOptions.classifier(2, 0));
        Method method = config(2, 8).start(new MethodContext(causal, false, 1, 0))) {
      assertThat(method.snapshot().dense()).isEmpty();
      assertThat(method.optimizerBytes()).isEqualTo(3 * causal.overlayBytes());
    }
  }

  @ParameterizedTest
  @EnumSource
  void snapshot_rankPattern_rankAndScaleAreTheLayers(LoraScaling scaling) {
    Map<String, Integer> pattern = pattern();
    try (Method method = start(patterned(pattern, scaling, List.of()))) {
      Snapshot snapshot = method.snapshot();
      double mean = pattern.values().stream().mapToInt(rank -> rank).average().orElseThrow();

      assertThat(snapshot.open())
          .allSatisfy(
              factor -> {
                double divisor =
                    switch (scaling) {
                      case RANK -> factor.rank();
                      case MEAN_RANK -> mean;
                      case ROOT_RANK -> Math.sqrt(factor.rank());
                    };
                assertThat(factor.update().scale()).isEqualTo((float) (12 / divisor));
                assertThat(factor.rank()).isEqualTo(pattern.get(factor.layer()));
              });
      assertThat(snapshot.open()).hasSize(12);
      assertThat(snapshot.sealed()).isEmpty();
    }
  }

  @Test
  void step_first_tellsTheRanks() {
    try (Method method = start(patterned(pattern(), List.of()));
        TokenBatch batch = TinyBert.batch(kernels, 1)) {
      StepResult first = method.step(List.of(batch), 1, RATE, FixedRanks.NONE);
      assertThat(first.refresh().orElseThrow().ranks()).isEqualTo(pattern());
      assertThat(first.refresh().orElseThrow().fallback()).isFalse();
      assertThat(method.step(List.of(batch), 2, RATE, FixedRanks.NONE).refresh()).isEmpty();
    }
  }

  @Test
  void start_targets_otherLayersHaveNoOverlay() {
    LoraConfig config =
        new LoraConfig(
            AdamWConfig.DEFAULT,
            2,
            8,
            LoraScaling.RANK,
            Map.of(),
            List.of("attention.query", "output"));
    try (Method method = start(config)) {
      train(method, 1);
      assertThat(model.layers().stream().filter(layer -> layer.rank() == 2))
          .hasSize(4)
          .extracting(LinearLayer::kind)
          .containsOnly("attention.query", "output");
      assertThat(model.layers().stream().filter(layer -> layer.rank() == 0)).hasSize(8);
    }
  }

  @Test
  void start_patternThatDoesNotFit_everyMistakeNamed() {
    Map<String, Integer> pattern = pattern();
    pattern.put("encoder.layer.9.output.dense", 1);
    pattern.put("bert.encoder.layer.0.output.dense", 33);
    pattern.put("bert.encoder.layer.1.output.dense", 0);
    pattern.remove("bert.encoder.layer.0.intermediate.dense");

    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> start(patterned(pattern, List.of())))
        .withMessageStartingWith("lora.rankPattern does not fit the model: ")
        .withMessageContaining(
            "layer bert.encoder.layer.0.output.dense cannot have rank 33: its weight is 48 x 32,"
                + " use 1 to 32")
        .withMessageContaining("layer bert.encoder.layer.1.output.dense cannot have rank 0")
        .withMessageContaining("layer bert.encoder.layer.0.intermediate.dense has no rank")
        .withMessageContaining("no layer that is a target is called encoder.layer.9.output.dense");
  }

  @Test
  void start_rankOrTargetThatDoesNotFit_told() {
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> start(config(40, 8)))
        .withMessageStartingWith("lora.rank does not fit the model: ")
        .withMessageEndingWith("; and 7 more");
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> start(patterned(pattern(), List.of("q_proj"))))
        .withMessageContaining("no layers of kind q_proj; it has attention.query,");
  }

  @Test
  void settings_rankPattern_holdItsContent() {
    Map<String, Object> settings = patterned(pattern(), List.of()).settings();

    assertThat(settings)
        .containsEntry("lora.rankPattern.bert.encoder.layer.0.attention.self.query", 1)
        .containsEntry("lora.alpha", 12.0)
        .doesNotContainKey("lora.rank");
    assertThat(config(3, 8).settings()).containsEntry("lora.rank", 3);
  }

  /** Returns the ranks 1, 2, 3, 4, 5, 1, 2 ... by layer. */
  private Map<String, Integer> pattern() {
    Map<String, Integer> pattern = new TreeMap<>();
    for (LinearLayer layer : model.layers()) {
      pattern.put(layer.name(), 1 + pattern.size() % 5);
    }
    return pattern;
  }

  private static LoraConfig config(int rank, double alpha) {
    return new LoraConfig(AdamWConfig.DEFAULT, rank, alpha, LoraScaling.RANK, Map.of(), List.of());
  }

  private static LoraConfig patterned(Map<String, Integer> pattern, List<String> targets) {
    return patterned(pattern, LoraScaling.RANK, targets);
  }

  private static LoraConfig patterned(
      Map<String, Integer> pattern, LoraScaling scaling, List<String> targets) {
    return new LoraConfig(AdamWConfig.DEFAULT, 8, 12, scaling, pattern, targets);
  }

  private Method start(LoraConfig config) {
    return config.start(new MethodContext(model, false, 1, 5));
  }

  private void train(Method method, int steps) {
    for (int step = 1; step <= steps; step++) {
      try (TokenBatch batch = TinyBert.batch(kernels, step)) {
        assertThat(method.step(List.of(batch), step, RATE, FixedRanks.NONE).applied()).isTrue();
      }
    }
  }

  private static Map<String, float[]> values(Transformer model) {
    Map<String, float[]> values = new HashMap<>();
    model.parameters().forEach(p -> values.put(p.name(), p.value().toFloatArray()));
    return values;
  }
}
