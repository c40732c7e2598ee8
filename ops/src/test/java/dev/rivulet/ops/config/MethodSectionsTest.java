package dev.rivulet.ops.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.fold.RoundingPolicy;
import dev.rivulet.trainer.method.AdamWConfig;
import dev.rivulet.trainer.method.LoqtConfig;
import dev.rivulet.trainer.method.LoraConfig;
import dev.rivulet.trainer.method.LoraScaling;
import dev.rivulet.trainer.method.LozoConfig;
import dev.rivulet.trainer.method.MethodConfig;
import dev.rivulet.trainer.method.MomentPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The sections of the methods. */
class MethodSectionsTest {
  private static final String LORA =
      """
      run: adapter
      model: {path: minilm, labels: [no, yes]}
      train: {steps: 400, method: lora}
      """;

  private final ConfigFolder folder;

  MethodSectionsTest(@TempDir Path path) throws IOException {
    folder = ConfigFolder.withModels(path, "minilm");
  }

  @Test
  void defaults_sealedFamilyOfMethods_containsEveryMember() {
    assertThat(MethodSections.defaults())
        .extracting(Object::getClass)
        .containsExactlyInAnyOrderElementsOf(
            Stream.<Class<?>>of(MethodConfig.class.getPermittedSubclasses()).toList());
  }

  @Test
  void defaults_names_differ() {
    assertThat(MethodSections.defaults()).extracting(MethodConfig::name).doesNotHaveDuplicates();
  }

  @Test
  void load_loqt_readsItsSection() throws IOException {
    RunConfig config =
        folder.load(
            """
            run: tales
            model: {path: minilm}
            data: {task: causal-lm}
            train: {method: loqt, steps: 400}
            engine: {base: nf4-dq, rounding: stochastic}
            loqt: {rank: 8, maxGap: 500, compensation: 0, quantizeBasis: false, moments: reset}
            """);

    assertThat(config.trainer().model().base()).isEqualTo(BaseForm.NF4_DQ);
    assertThat(config.trainer().model().rounding()).isEqualTo(RoundingPolicy.STOCHASTIC);
    assertThat(config.trainer().method())
        .isEqualTo(
            new LoqtConfig(
                AdamWConfig.DEFAULT,
                8,
                2,
                100,
                1.2,
                OptionalInt.of(500),
                0,
                false,
                MomentPolicy.RESET,
                8,
                1));
  }

  @Test
  void load_loraWithRankPattern_holdsTheFilesContent() throws IOException {
    folder.write("ranks.json", "{\"layer.0.query\": 3, \"layer.1.query\": 12}");
    RunConfig config =
        folder.load(
            """
            run: adapter
            model: {path: minilm, labels: [no, yes]}
            train: {steps: 400, method: lora}
            adamw: {beta2: 0.99}
            lora: {alpha: 8, scaling: root-rank, rankPattern: ranks.json, targets: [query, value]}
            """);

    assertThat(config.trainer().method())
        .isEqualTo(
            new LoraConfig(
                new AdamWConfig(0.9, 0.99, 1e-8, 0),
                8,
                8.0,
                LoraScaling.ROOT_RANK,
                Map.of("layer.0.query", 3, "layer.1.query", 12),
                List.of("query", "value")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[3]                  | it is not an object of layers and ranks",
        "{}                   | it is not an object of layers and ranks",
        "{\"a\": 3             | line 1 is not JSON",
        "{\"a\": 3, \"a\": 4}  | Duplicate field 'a'",
        "{\"a\": 0}           | layer a has 0 for a rank: use a whole number of at least 1",
        "{\"a\": 1.5}         | layer a has 1.5 for a rank",
        "{\"a\": \"3\"}       | layer a has \"3\" for a rank"
      })
  void load_loraWithBrokenRankPattern_reportsTheReason(String content, String reason)
      throws IOException {
    folder.write("ranks.json", content);
    assertThatThrownBy(() -> folder.load(LORA + "lora: {rankPattern: ranks.json}\n"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(": 1 problem\n")
        .hasMessageContaining("lora.rankPattern: \"ranks.json\" (line 4) must be a file of ranks")
        .hasMessageContaining(reason);
  }

  @Test
  void load_loraWithRankAndMissingPattern_reportsBoth() {
    assertThatThrownBy(() -> folder.load(LORA + "lora: {rank: 4, rankPattern: none.json}\n"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(": 2 problems")
        .hasMessageContaining(
            "lora.rank: 4 (line 4) must be absent where lora.rankPattern gives the ranks")
        .hasMessageContaining(folder.resolve("none.json") + ": there is none");
  }

  @Test
  void load_lozo_readsItsSection() throws IOException {
    RunConfig config =
        folder.load(
            """
            run: third
            model: {path: minilm, labels: [no, yes]}
            train: {steps: 400, method: lozo}
            lozo: {rank: 4, redrawEvery: 100, epsilon: 1e-4, momentum: 0.7, queries: 8, normalise: true}
            """);

    assertThat(config.trainer().method()).isEqualTo(new LozoConfig(4, 100, 1e-4, 0.7, 8, true));
  }
}
