package dev.rivulet.ingest.pack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.schemas.codec.LittleEndian;
import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.record.Sample;
import dev.rivulet.schemas.record.SourceOffset;
import dev.rivulet.schemas.record.Task;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextBatchesTest {
  private static final int A = 4;
  private static final int B = 5;

  @TempDir Path folder;

  @Test
  void of_samplesWithAndWithoutLabels_packedInOrder() throws IOException {
    WordPieceFile.write(folder, List.of("a", "b"));
    List<Batch> batches =
        TextBatches.of(
            config(), List.of(sample("a b", "yes"), sample("b", null), sample("a", "neither")));

    assertThat(batches).extracting(Batch::getRows).containsExactly(2, 1);
    assertThat(LittleEndian.ints(batches.get(0).getTokenIds()))
        .startsWith(WordPieceFile.CLS, A, B, WordPieceFile.SEP, 0, 0, 0, 0)
        .endsWith(WordPieceFile.CLS, B, WordPieceFile.SEP, 0, 0, 0, 0, 0);
    assertThat(LittleEndian.ints(batches.get(0).getLabels())).containsExactly(1, -1);
    assertThat(LittleEndian.ints(batches.get(1).getLabels())).containsExactly(-1);
    assertThat(batches.get(1).getSources()).containsExactly(new SourceOffset(0, 2L));
  }

  private PackerConfig config() {
    PackerConfig defaults = Configs.of(Task.CLASSIFICATION, 2, 16, 8);
    return new PackerConfig(
        defaults.stream(),
        defaults.source(),
        folder.resolve("tokenizer.json"),
        defaults.task(),
        defaults.labels(),
        defaults.endOfText(),
        defaults.batchSize(),
        defaults.maxLength(),
        defaults.shuffleWindow(),
        defaults.dataEpochs(),
        defaults.follow(),
        defaults.evalShare(),
        defaults.seed());
  }

  private static Sample sample(String text, @Nullable String label) {
    return new Sample(text, null, label, null, Map.of());
  }
}
