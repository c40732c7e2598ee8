package dev.rivulet.ingest.pack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.schemas.record.SourceOffset;
import dev.rivulet.schemas.record.Split;
import dev.rivulet.schemas.record.Task;
import java.util.List;
import org.junit.jupiter.api.Test;

class WindowTest {
  private static TokenizedSample tokens(int count) {
    return new TokenizedSample(new int[count], new byte[count], 0, new SourceOffset(0, 0L));
  }

  @Test
  void add_classification_takesAWindowOfSamplesOfEachSplit() {
    Window window = new Window(Packing.of(Configs.of(Task.CLASSIFICATION, 2, 8, 3)));

    for (Split split : Split.values()) {
      for (int i = 0; i < 4; i++) {
        assertThat(window.add(split, tokens(8))).isTrue();
      }
      assertThat(window.add(split, tokens(1))).isFalse();
    }
    assertThat(window.train()).hasSize(4);
    assertThat(window.eval()).hasSize(4);
  }

  @Test
  void add_languageModelling_takesAWindowOfTokens() {
    Window window = new Window(Packing.of(Configs.of(Task.CAUSAL_LM, 2, 8, 2)));

    assertThat(window.add(Split.TRAIN, tokens(10))).isTrue();
    assertThat(window.add(Split.TRAIN, tokens(7))).isFalse();
    assertThat(window.add(Split.TRAIN, tokens(6))).isTrue();
    assertThat(window.train()).hasSize(2);
  }

  @Test
  void add_sampleLongerThanTheWindow_fitsAnEmptyOne() {
    Window window = new Window(Packing.of(Configs.of(Task.CAUSAL_LM, 2, 8, 2)));

    assertThat(window.add(Split.TRAIN, tokens(1000))).isTrue();
    assertThat(window.add(Split.TRAIN, tokens(1))).isFalse();
  }

  @Test
  void reject_isBoundedByBytes() {
    Window window = new Window(Packing.of(Configs.of(Task.CLASSIFICATION, 100, 8, 100)));

    for (int i = 0; i < 16; i++) {
      assertThat(window.reject(List.of(), 1 << 20)).isTrue();
    }
    assertThat(window.reject(List.of(), 1)).isFalse();
    assertThat(window.rejected()).isEqualTo(16);
  }
}
