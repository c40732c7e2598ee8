package dev.rivulet.ops.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rivulet.schemas.codec.LittleEndian;
import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.record.Task;
import java.nio.ByteBuffer;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class CountingModelTest {
  private static final Offset<Double> EXACTLY = within(1e-12);

  private final CountingModel model = new CountingModel(4);

  @Test
  void bigram_counts_areDiscountedAndInterpolated() {
    model.learn(batch(4, 0, 1, 1, 2, 0, 1, 0, 1)); // 0>1 1>1 1>2 | 0>1 1>0 0>1

    // c(1) = 4 of N = 6 targets, V = 4.
    assertThat(model.unigram(1)).isCloseTo(5 / 10.0, EXACTLY);
    assertThat(model.unigram(3)).isCloseTo(1 / 10.0, EXACTLY);
    // After 0: three times 1, and nothing else.
    assertThat(model.bigram(0, 1)).isCloseTo((3 - 0.75 + 0.75 * 1 * 0.5) / 3, EXACTLY);
    assertThat(model.bigram(0, 3)).isCloseTo(0.75 * 1 * 0.1 / 3, EXACTLY);
    // After 1: 1, 2 and 0, once each.
    assertThat(model.bigram(1, 2)).isCloseTo((1 - 0.75 + 0.75 * 3 * 0.2) / 3, EXACTLY);
    assertThat(model.bigram(3, 1)).isCloseTo(0.5, EXACTLY);
  }

  @Test
  void probabilities_ofAllTokens_addUpToOne() {
    model.learn(batch(4, 0, 1, 1, 2, 0, 1, 0, 1));
    for (int before = 0; before < 4; before++) {
      double sum = 0;
      for (int token = 0; token < 4; token++) {
        sum += model.bigram(before, token);
      }
      assertThat(sum).isCloseTo(1, EXACTLY);
    }
  }

  @Test
  void test_batches_areOverTargetsOnly() {
    model.learn(batch(4, 0, 1, 1, 2, 0, 1, 0, 1));
    // Targets: 1 after 0, 3 after 1; and in the second row, whose end is padding, 1 after 3.
    CountingModel.Floors floors = model.test(List.of(batch(3, 0, 1, 3, 3, 1, -100)));

    assertThat(floors.targets()).isEqualTo(3);
    assertThat(floors.unigram()).isCloseTo(Math.pow(0.5 * 0.1 * 0.5, -1 / 3.0), EXACTLY);
    double product = model.bigram(0, 1) * model.bigram(1, 3) * model.bigram(3, 1);
    assertThat(floors.bigram()).isCloseTo(Math.pow(product, -1 / 3.0), EXACTLY);
  }

  /** Returns rows of labels; a token equals its label where it has one. */
  private static Batch batch(int length, int... labels) {
    int[] ids = labels.clone();
    byte[] mask = new byte[ids.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = Math.max(0, ids[i]);
      mask[i] = (byte) (labels[i] < 0 ? 0 : 1);
    }
    return Batch.newBuilder()
        .setStream("s")
        .setDataEpoch(0)
        .setIndex(0)
        .setTask(Task.CAUSAL_LM)
        .setRows(labels.length / length)
        .setLength(length)
        .setTokenIds(ByteBuffer.wrap(LittleEndian.bytes(ids)))
        .setAttentionMask(ByteBuffer.wrap(mask))
        .setLabels(ByteBuffer.wrap(LittleEndian.bytes(labels)))
        .setSources(List.of())
        .setTokenizerSha256("")
        .build();
  }
}
