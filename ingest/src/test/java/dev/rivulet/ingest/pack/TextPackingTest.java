package dev.rivulet.ingest.pack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.ingest.pack.Rows.Tensors;
import dev.rivulet.schemas.codec.LittleEndian;
import dev.rivulet.schemas.fold.KeyedRandom;
import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.record.SourceOffset;
import dev.rivulet.schemas.record.Task;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextPackingTest {
  /** Returns samples of 1 to {@code longest} tokens; all token ids are distinct. */
  private static List<TokenizedSample> samples(int count, int longest, long seed) {
    KeyedRandom random = KeyedRandom.of(seed, "lengths", "", 0);
    List<TokenizedSample> samples = new ArrayList<>();
    int id = 1;
    for (int i = 0; i < count; i++) {
      int length = 1 + (int) (random.uniform(i) * longest);
      int[] ids = IntStream.range(id, id + length).toArray();
      id += length;
      samples.add(new TokenizedSample(ids, new byte[0], -1, new SourceOffset(0, (long) i)));
    }
    return samples;
  }

  private static List<Batch> batches(List<TokenizedSample> samples, int batchSize, int length) {
    return new Batching(Configs.of(Task.CAUSAL_LM, batchSize, length, 64), "ab12")
        .batches(samples, 0, 0);
  }

  private static int tokens(Batch batch) {
    int tokens = 0;
    for (int i = 0; i < batch.getAttentionMask().remaining(); i++) {
      tokens += batch.getAttentionMask().get(i);
    }
    return tokens;
  }

  @ParameterizedTest(name = "{0} samples of up to {1} tokens, {2} rows of {3}")
  @CsvSource({"1,1,1,8", "3,4,4,8", "50,7,2,8", "50,90,3,16", "7,200,2,8", "400,30,8,64"})
  void batches_anySamples_containEveryTokenOnceInOrder(
      int count, int longest, int batchSize, int length) {
    for (int seed = 0; seed < 20; seed++) {
      List<TokenizedSample> samples = samples(count, longest, seed);
      int[] stream = samples.stream().flatMapToInt(s -> Arrays.stream(s.ids())).toArray();

      List<Batch> batches = batches(samples, batchSize, length);

      List<Integer> ids = new ArrayList<>();
      for (Batch batch : batches) {
        int[] cells = LittleEndian.ints(batch.getTokenIds());
        Arrays.stream(cells, 0, tokens(batch)).forEach(ids::add);
      }
      assertThat(ids)
          .containsExactlyElementsOf(Arrays.stream(stream).boxed().toList())
          .hasSize(stream.length);
    }
  }

  @ParameterizedTest(name = "{0} samples of up to {1} tokens, {2} rows of {3}")
  @CsvSource({"1,1,1,8", "3,4,4,8", "50,7,2,8", "50,90,3,16", "7,200,2,8", "400,30,8,64"})
  void batches_anySamples_padOnlyTheLastRow(int count, int longest, int batchSize, int length) {
    List<TokenizedSample> samples = samples(count, longest, 5);
    int tokens = samples.stream().mapToInt(s -> s.ids().length).sum();

    List<Batch> batches = batches(samples, batchSize, length);

    int rows = batches.stream().mapToInt(Batch::getRows).sum();
    assertThat(rows).isEqualTo((tokens + length - 1) / length);
    int left = tokens;
    for (Batch batch : batches) {
      assertThat(batch.getLength()).isEqualTo(length);
      assertThat(batch.getTokenTypeIds()).isNull();
      int cells = batch.getRows() * length;
      int[] ids = LittleEndian.ints(batch.getTokenIds());
      int[] labels = LittleEndian.ints(batch.getLabels());
      assertThat(ids).hasSize(cells);
      assertThat(labels).hasSize(cells);
      assertThat(batch.getAttentionMask().remaining()).isEqualTo(cells);
      for (int cell = 0; cell < cells; cell++) {
        boolean token = cell < left;
        assertThat(batch.getAttentionMask().get(cell)).isEqualTo((byte) (token ? 1 : 0));
        assertThat(ids[cell] == 0).isEqualTo(!token);
        assertThat(labels[cell]).isEqualTo(token ? ids[cell] : -100);
      }
      left -= Math.min(left, cells);
    }
    assertThat(left).isZero();
  }

  @ParameterizedTest(name = "{0} samples of up to {1} tokens, {2} rows of {3}")
  @CsvSource({"1,1,1,8", "3,4,4,8", "50,7,2,8", "50,90,3,16", "7,200,2,8", "400,30,8,64"})
  void batches_anySamples_listTheSourcesOfTheirTokens(
      int count, int longest, int batchSize, int length) {
    List<TokenizedSample> samples = samples(count, longest, 6);

    for (Batch batch : batches(samples, batchSize, length)) {
      Set<Integer> held =
          Arrays.stream(LittleEndian.ints(batch.getTokenIds()), 0, tokens(batch))
              .boxed()
              .collect(Collectors.toSet());
      List<SourceOffset> expected =
          samples.stream()
              .filter(sample -> Arrays.stream(sample.ids()).anyMatch(held::contains))
              .map(TokenizedSample::source)
              .toList();
      assertThat(batch.getSources()).containsExactlyElementsOf(expected);
    }
  }

  @Test
  void tensors_sampleEndsWithTheRow_nextRowStartsWithTheNextSample() {
    TokenizedSample row = new TokenizedSample(new int[8], new byte[0], -1, new SourceOffset(0, 0L));
    TokenizedSample one = new TokenizedSample(new int[1], new byte[0], -1, new SourceOffset(0, 1L));
    Rows rows = new TextPacking(64, 8).rows(List.of(row, one));

    Tensors second = rows.tensors(1, 2);

    assertThat(rows.count()).isEqualTo(2);
    assertThat(rows.tensors(0, 1).sources()).containsExactly(row.source());
    assertThat(second.sources()).containsExactly(one.source());
    assertThat(LittleEndian.ints(second.labels()))
        .containsExactly(0, -100, -100, -100, -100, -100, -100, -100);
  }

  @Test
  void rows_noSamples_areNone() {
    assertThat(new TextPacking(64, 8).rows(List.of()).count()).isZero();
  }

  @Test
  void capacity_isTheWindowInTokens() {
    assertThat(TextPacking.of(Configs.of(Task.CAUSAL_LM, 4, 8, 10)).capacity()).isEqualTo(12 * 8);
    assertThat(TextPacking.of(Configs.of(Task.CAUSAL_LM, 16, 64, 65_536)).capacity())
        .isEqualTo(65_536 * 64);
  }

  @Test
  void capacity_windowTooLargeForMemory_isCutToWholeBatches() {
    long capacity = TextPacking.of(Configs.of(Task.CAUSAL_LM, 7, 1000, 65_536)).capacity();

    assertThat(capacity % 7_000).isZero();
    assertThat(capacity)
        .isBetween(TextPacking.MAX_WINDOW_TOKENS - 7_000L, (long) TextPacking.MAX_WINDOW_TOKENS);
  }
}
