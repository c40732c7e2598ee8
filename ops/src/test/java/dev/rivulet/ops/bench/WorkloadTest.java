package dev.rivulet.ops.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rivulet.schemas.codec.LittleEndian;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.record.Task;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkloadTest {
  @Test
  void batch_languageModel_labelsAreItsTokensFromTheVocabulary() {
    Batch batch = Workloads.languageModel(false).batch(7);

    assertThat(batch.getTask()).isEqualTo(Task.CAUSAL_LM);
    assertThat(batch.getIndex()).isEqualTo(7);
    assertThat(LittleEndian.ints(batch.getTokenIds()))
        .hasSize(6)
        .containsExactly(LittleEndian.ints(batch.getLabels()));
    assertThat(IntStream.of(LittleEndian.ints(batch.getTokenIds())))
        .allMatch(id -> 0 <= id && id < 10);
  }

  @Test
  void batch_classifier_oneClassARow() {
    Batch batch = Workloads.classifier().batch(0);

    assertThat(batch.getTask()).isEqualTo(Task.CLASSIFICATION);
    assertThat(IntStream.of(LittleEndian.ints(batch.getLabels())))
        .hasSize(2)
        .allMatch(label -> 0 <= label && label < Workload.CLASSES);
  }

  @Test
  void batch_sameIndex_sameTokens() {
    Workload workload = Workloads.languageModel(false);
    assertThat(workload.batch(3)).isEqualTo(workload.batch(3));
    assertThat(workload.batch(3).getTokenIds()).isNotEqualTo(workload.batch(4).getTokenIds());
  }

  @Test
  void trainsEmbedding_classifierWithOverlays_frozen() {
    assertThat(Workloads.classifier().trainsEmbedding(Workloads.overlays(2))).isFalse();
    assertThat(Workloads.classifier().trainsEmbedding(Workloads.ADAMW)).isTrue();
    assertThat(Workloads.languageModel(false).trainsEmbedding(Workloads.overlays(2))).isTrue();
  }

  @Test
  void of_tooLongSequences_refused(@TempDir Path model) throws Exception {
    Files.writeString(model.resolve("config.json"), SmallLlama.CONFIG);

    assertThat(Workload.of(model, 2, 64).vocabulary()).isEqualTo(256);
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> Workload.of(model, 2, 65))
        .withMessageContaining("a length of 65 is too large")
        .withMessageContaining("accepts at most 64 tokens");
  }
}
