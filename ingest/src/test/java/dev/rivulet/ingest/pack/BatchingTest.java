package dev.rivulet.ingest.pack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.record.SourceOffset;
import dev.rivulet.schemas.record.Task;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchingTest {
  /** Returns a sample at offset {@code id} whose tokens are all {@code id}. */
  private static TokenizedSample sample(int id, int tokens) {
    int[] ids = new int[tokens];
    Arrays.fill(ids, id);
    return new TokenizedSample(ids, new byte[tokens], id % 2, new SourceOffset(0, (long) id));
  }

  private static Batching batching(Task task, int batchSize, int maxLength) {
    return new Batching(Configs.of(task, batchSize, maxLength, 64), "ab12");
  }

  private static int[] int32s(ByteBuffer bytes) {
    ByteBuffer little = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    return IntStream.range(0, bytes.remaining() / 4).map(i -> little.getInt()).toArray();
  }

  private static byte[] uint8s(ByteBuffer bytes) {
    byte[] array = new byte[bytes.remaining()];
    bytes.duplicate().get(array);
    return array;
  }

  @Test
  void batches_classification_arePaddedToAMultipleOfEight() {
    List<Batch> batches =
        batching(Task.CLASSIFICATION, 2, 20)
            .batches(List.of(sample(1, 3), sample(2, 9), sample(3, 5)), 4, 10);

    assertThat(batches).extracting(Batch::getIndex).containsExactly(10L, 11L);
    assertThat(batches).extracting(Batch::getRows).containsExactly(2, 1);
    assertThat(batches).extracting(Batch::getLength).containsExactly(16, 8);
    Batch first = batches.get(0);
    assertThat(int32s(first.getTokenIds()))
        .containsExactly(
            1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, //
            2, 2, 2, 2, 2, 2, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0);
    assertThat(uint8s(first.getAttentionMask()))
        .containsExactly(
            1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, //
            1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0);
    assertThat(first.getTokenTypeIds()).isNull();
    assertThat(int32s(first.getLabels())).containsExactly(1, 0);
    assertThat(first.getSources())
        .containsExactly(new SourceOffset(0, 1L), new SourceOffset(0, 2L));
    assertThat(first.getDataEpoch()).isEqualTo(4);
    assertThat(first.getStream()).isEqualTo("stream");
    assertThat(first.getTask()).isEqualTo(Task.CLASSIFICATION);
    assertThat(first.getTokenizerSha256()).isEqualTo("ab12");
    assertThat(first.getEndOfStream()).isFalse();
  }

  @Test
  void batches_longestRowNearTheLimit_isPaddedToTheLimit() {
    Batch batch = batching(Task.CLASSIFICATION, 1, 20).batches(List.of(sample(1, 18)), 0, 0).get(0);

    assertThat(batch.getLength()).isEqualTo(20);
  }

  @Test
  void batches_withAPair_haveTypes() {
    TokenizedSample pair =
        new TokenizedSample(new int[] {7, 7, 7}, new byte[] {0, 1, 1}, 0, new SourceOffset(0, 9L));

    Batch batch =
        batching(Task.CLASSIFICATION, 2, 8).batches(List.of(sample(1, 2), pair), 0, 0).get(0);

    assertThat(uint8s(batch.getTokenTypeIds()))
        .containsExactly(0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0);
  }

  @Test
  void batches_languageModelling_packTheStreamOfTokens() {
    List<TokenizedSample> samples =
        List.of(sample(1, 5), sample(2, 9), sample(3, 1), sample(4, 4), sample(5, 16));

    List<Batch> batches = batching(Task.CAUSAL_LM, 2, 8).batches(samples, 0, 0);

    assertThat(batches).extracting(Batch::getRows).containsExactly(2, 2, 1);
    assertThat(batches).extracting(Batch::getLength).containsOnly(8);
    assertThat(int32s(batches.get(0).getTokenIds()))
        .containsExactly(1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 4);
    assertThat(int32s(batches.get(2).getTokenIds())).containsExactly(5, 5, 5, 0, 0, 0, 0, 0);
    assertThat(int32s(batches.get(2).getLabels()))
        .containsExactly(5, 5, 5, -100, -100, -100, -100, -100);
    assertThat(uint8s(batches.get(2).getAttentionMask())).containsExactly(1, 1, 1, 0, 0, 0, 0, 0);
    assertThat(batches)
        .extracting(b -> b.getSources().stream().map(SourceOffset::getOffset).toList())
        .containsExactly(List.of(1L, 2L, 3L, 4L), List.of(4L, 5L), List.of(5L));
    List<Integer> tokens = new ArrayList<>();
    batches.forEach(
        batch ->
            Arrays.stream(int32s(batch.getLabels())).filter(id -> id >= 0).forEach(tokens::add));
    assertThat(tokens)
        .containsExactlyElementsOf(
            samples.stream().flatMap(s -> Arrays.stream(s.ids()).boxed()).toList());
  }

  @Test
  void endOfStream_hasNoRows() {
    Batch end = batching(Task.CLASSIFICATION, 2, 8).endOfStream(1, 17);

    assertThat(end.getEndOfStream()).isTrue();
    assertThat(end.getRows()).isZero();
    assertThat(end.getIndex()).isEqualTo(17);
    assertThat(end.getTokenIds().remaining()).isZero();
  }
}
