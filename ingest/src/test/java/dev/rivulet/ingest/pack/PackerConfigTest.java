package dev.rivulet.ingest.pack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.Task;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class PackerConfigTest {
  @Test
  void new_invalidSettings_areAllListed() {
    assertThatThrownBy(
            () ->
                new PackerConfig(
                    "s",
                    null,
                    Path.of("t"),
                    Task.CLASSIFICATION,
                    List.of("a", "a"),
                    "</s>",
                    0,
                    7,
                    0,
                    2,
                    true,
                    1.0,
                    0))
        .isInstanceOf(UsageException.class)
        .hasMessageContainingAll(
            "labels [a, a]",
            "endOfText '</s>'",
            "batchSize 0",
            "maxLength 7",
            "shuffleWindow 0",
            "dataEpochs 2",
            "evalShare 1.0");
  }

  @Test
  void new_batchTooLargeForARecord_isRefused() {
    assertThatThrownBy(() -> Configs.of(Task.CAUSAL_LM, 64, 2048, 64))
        .hasMessageContaining("batchSize 64 x maxLength 2048");
  }

  @Test
  void new_nameWithSlash_isRefused() {
    assertThatThrownBy(
            () ->
                new PackerConfig(
                    "a/b",
                    null,
                    Path.of("t"),
                    Task.CAUSAL_LM,
                    List.of(),
                    null,
                    1,
                    8,
                    1,
                    1,
                    false,
                    0,
                    0))
        .hasMessageContaining("stream name 'a/b'");
  }

  @Test
  void new_languageModelling_dropsLabels() {
    assertThat(Configs.of(Task.CAUSAL_LM, 4, 8, 4).labels()).isEmpty();
    assertThat(Configs.of(Task.CLASSIFICATION, 4, 8, 4).labels()).containsExactly("no", "yes");
  }

  @Test
  void window_notAMultipleOfTheBatch_isRoundedUp() {
    assertThat(Configs.of(Task.CLASSIFICATION, 16, 64, 100).window()).isEqualTo(112);
    assertThat(Configs.of(Task.CLASSIFICATION, 16, 64, 1).window()).isEqualTo(16);
    assertThat(Configs.of(Task.CLASSIFICATION, 16, 64, 32).window()).isEqualTo(32);
  }

  @Test
  void fingerprint_changesWithSettingsAndTokenizer() {
    PackerConfig config = Configs.of(Task.CLASSIFICATION, 16, 64, 32);

    assertThat(config.fingerprint("aa"))
        .isEqualTo(Configs.of(Task.CLASSIFICATION, 16, 64, 32).fingerprint("aa"))
        .isNotEqualTo(config.fingerprint("ab"))
        .isNotEqualTo(Configs.of(Task.CAUSAL_LM, 16, 64, 32).fingerprint("aa"))
        .isNotEqualTo(Configs.of(Task.CLASSIFICATION, 16, 64, 48).fingerprint("aa"));
  }

  @Test
  void fingerprint_sameSettings_isTheSameInEveryVersion() {
    assertThat(Configs.of(Task.CLASSIFICATION, 16, 64, 32).fingerprint("aa"))
        .isEqualTo("9186b1f27ea2f083");
  }
}
