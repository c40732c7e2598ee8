package dev.rivulet.ingest.pack;

import static dev.rivulet.ingest.NumberedSamples.assertNumberedToTheEnd;
import static dev.rivulet.ingest.NumberedSamples.batches;
import static dev.rivulet.ingest.NumberedSamples.textConfig;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.ingest.NumberedSamples;
import dev.rivulet.schemas.broker.BrokerFixture;
import dev.rivulet.schemas.codec.LittleEndian;
import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.record.SourceOffset;
import dev.rivulet.schemas.record.Task;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(BrokerFixture.class)
class TextPackerIT {
  @TempDir Path dir;
  private KafkaCluster cluster;

  @BeforeEach
  void emptyTopics(KafkaCluster shared) {
    cluster = BrokerFixture.withOwnTopics(shared, "text");
  }

  @Test
  void shouldPackEveryTokenOncePerDataEpochOrForEvaluation() throws IOException {
    NumberedSamples.sendTexts(cluster, 0, 501);

    PackerProgress progress = pack(2);

    List<Batch> eval = batches(cluster, Topics.EVAL_BATCHES, "stream");
    List<Batch> train = batches(cluster, Topics.BATCHES, "stream");
    assertNumberedToTheEnd(eval);
    assertNumberedToTheEnd(train);
    assertThat(progress)
        .isEqualTo(new PackerProgress(1, train.size() - 1, eval.size() - 1, 0, true));
    List<Integer> evalNumbers = numbersOf(eval, 0);
    assertThat(evalNumbers).isSorted().doesNotHaveDuplicates().hasSizeBetween(20, 90);
    List<Integer> first = numbersOf(train, 0);
    List<Integer> second = numbersOf(train, 1);
    assertThat(first).isNotEqualTo(second).containsExactlyInAnyOrderElementsOf(second);
    List<Integer> all = new ArrayList<>(first);
    all.addAll(evalNumbers);
    assertThat(all).containsExactlyInAnyOrderElementsOf(IntStream.range(0, 501).boxed().toList());
    assertThat(sourcesOf(eval, 0)).isEqualTo(evalNumbers);
    assertThat(sourcesOf(train, 0)).isEqualTo(first);
    assertThat(sourcesOf(train, 1)).isEqualTo(second);
  }

  @Test
  void shouldFillRowsAndLabelEveryTokenWithItself() throws IOException {
    NumberedSamples.sendTexts(cluster, 0, 200);

    pack(1);

    List<Batch> train = batches(cluster, Topics.BATCHES, "stream");
    assertNumberedToTheEnd(train);
    for (Batch batch : train.subList(0, train.size() - 1)) {
      assertThat(batch.getTask()).isEqualTo(Task.CAUSAL_LM);
      assertThat(batch.getLength()).isEqualTo(8);
      int[] ids = LittleEndian.ints(batch.getTokenIds());
      int[] labels = LittleEndian.ints(batch.getLabels());
      assertThat(labels).hasSameSizeAs(ids).hasSize(batch.getRows() * batch.getLength());
      int tokens = tokens(batch).size();
      // Padding is on the right of the last row, and never a whole row.
      assertThat(tokens).isGreaterThan((batch.getRows() - 1) * batch.getLength());
      for (int cell = 0; cell < ids.length; cell++) {
        assertThat(batch.getAttentionMask().get(cell)).isEqualTo((byte) (cell < tokens ? 1 : 0));
        assertThat(labels[cell]).isEqualTo(cell < tokens ? ids[cell] : -100);
      }
    }
  }

  private PackerProgress pack(int dataEpochs) throws IOException {
    Path tokenizer = NumberedSamples.tokenizer(dir);
    try (Packer packer = new Packer(cluster, textConfig("stream", tokenizer, dataEpochs))) {
      packer.run();
      return packer.progress();
    }
  }

  /**
   * Returns the numbers of the texts of a data epoch, in order, and checks that the texts are
   * complete.
   */
  private static List<Integer> numbersOf(List<Batch> batches, int dataEpoch) {
    List<Integer> numbers = new ArrayList<>();
    List<Integer> text = new ArrayList<>();
    for (Batch batch : batches) {
      if (batch.getDataEpoch() == dataEpoch) {
        for (int token : tokens(batch)) {
          text.add(token);
          if (token == NumberedSamples.END) {
            assertThat(text).isEqualTo(NumberedSamples.tokens(text.get(0)));
            numbers.add(text.get(0));
            text.clear();
          }
        }
      }
    }
    assertThat(text).isEmpty();
    return numbers;
  }

  /** Returns the source offsets of a data epoch; a sample that spans batches counts once. */
  private static List<Integer> sourcesOf(List<Batch> batches, int dataEpoch) {
    List<Integer> sources = new ArrayList<>();
    for (Batch batch : batches) {
      if (batch.getDataEpoch() == dataEpoch) {
        for (SourceOffset source : batch.getSources()) {
          int offset = (int) source.getOffset();
          if (sources.isEmpty() || sources.get(sources.size() - 1) != offset) {
            sources.add(offset);
          }
        }
      }
    }
    return sources;
  }

  private static List<Integer> tokens(Batch batch) {
    int[] ids = LittleEndian.ints(batch.getTokenIds());
    return IntStream.range(0, ids.length)
        .filter(cell -> batch.getAttentionMask().get(cell) == 1)
        .mapToObj(cell -> ids[cell])
        .toList();
  }
}
