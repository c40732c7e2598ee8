package dev.rivulet.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.types.Shape;
import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.record.Batch;
import dev.rivulet.trainer.tensor.Kernels;
import org.junit.jupiter.api.Test;

class TokenBatchTest {
  private static final float PADDING = Float.NEGATIVE_INFINITY;

  @Test
  void of_paddedRows_masksThePaddingAndCountsTheRest() {
    Batch record = batch(7, 8, 9, 10, 0, 0);
    try (Kernels kernels = Kernels.load(Device.cpu(), 1);
        TokenBatch batch = TokenBatch.of(kernels.manager(), record)) {
      assertThat(batch.tokens()).isEqualTo(4);
      assertThat(batch.layout().get(0).getShape()).isEqualTo(new Shape(2, 1, 1, 3));
      assertThat(batch.layout().get(0).toFloatArray())
          .containsExactly(0, 0, 0, 0, PADDING, PADDING);
      assertThat(batch.layout().get(1).toLongArray()).containsExactly(0, 1, 2, 3);
      assertThat(batch.layout().get(2).toLongArray()).containsExactly(0, 3);
      assertThat(batch.inputs().get(0).toLongArray()).containsExactly(7, 8, 9, 10, 0, 0);
      assertThat(batch.inputs().get(1).toLongArray()).containsExactly(0, 0, 1, 0, 0, 0);
      assertThat(batch.targets().get(0).toLongArray()).containsExactly(2, 0);
    }
  }

  @Test
  void evaluate_otherTokensUnderThePadding_changesNothing() {
    try (Kernels kernels = Kernels.load(Device.cpu(), 1);
        Transformer model = TinyBert.load(kernels);
        TokenBatch clean = TokenBatch.of(kernels.manager(), batch(7, 8, 9, 10, 0, 0));
        TokenBatch dirty = TokenBatch.of(kernels.manager(), batch(7, 8, 9, 10, 42, 43));
        TokenBatch other = TokenBatch.of(kernels.manager(), batch(7, 8, 42, 10, 0, 0))) {
      float[] logits = model.logits(clean);

      assertThat(model.logits(dirty)).containsExactly(logits, within(1e-6f));
      assertThat(model.logits(other)[0]).isNotCloseTo(logits[0], within(1e-4f));
    }
  }

  @Test
  void evaluate_longerThanThePositionTable_saysBothLengths() {
    Batch record = TinyBert.batch(new int[65], new byte[65], new byte[65], new int[1]);
    try (Kernels kernels = Kernels.load(Device.cpu(), 1);
        Transformer model = TinyBert.load(kernels);
        TokenBatch batch = TokenBatch.of(kernels.manager(), record)) {
      assertThatExceptionOfType(RunException.class)
          .isThrownBy(() -> model.evaluate(batch))
          .withMessageContaining("65")
          .withMessageContaining("64");
    }
  }

  /** Returns a batch of a row of 3 tokens and one of a token. */
  private static Batch batch(int... ids) {
    return TinyBert.batch(
        ids, new byte[] {1, 1, 1, 1, 0, 0}, new byte[] {0, 0, 1, 0, 0, 0}, new int[] {2, 0});
  }
}
