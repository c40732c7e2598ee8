package dev.rivulet.ingest.pack;

import static dev.rivulet.ingest.NumberedSamples.SOURCE;
import static dev.rivulet.ingest.NumberedSamples.assertNumberedToTheEnd;
import static dev.rivulet.ingest.NumberedSamples.batches;
import static dev.rivulet.ingest.NumberedSamples.config;
import static dev.rivulet.ingest.NumberedSamples.numbers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rivulet.ingest.NumberedSamples;
import dev.rivulet.ingest.SampleProducer;
import dev.rivulet.schemas.broker.BrokerFixture;
import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.record.Sample;
import dev.rivulet.schemas.record.Split;
import dev.rivulet.schemas.topic.DeadLetter;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(BrokerFixture.class)
class PackerIT {
  @TempDir Path dir;
  private Path tokenizer;
  private KafkaCluster cluster;

  @BeforeEach
  void emptyTopics(KafkaCluster shared) throws IOException {
    cluster = BrokerFixture.withOwnTopics(shared, "packer");
    tokenizer = NumberedSamples.tokenizer(dir);
  }

  @Test
  void shouldPackEverySampleOncePerDataEpochOrForEvaluation() {
    NumberedSamples.send(cluster, 0, 501);

    PackerProgress progress = pack("stream", 2);

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
    for (Batch batch : train) {
      for (int row = 0; row < batch.getRows(); row++) {
        int number = numbers(batch).get(row);
        assertThat((int) batch.getLabels().get(row * 4)).isEqualTo(number % 2);
        assertThat(batch.getSources().get(row).getOffset()).isEqualTo(number);
      }
    }
  }

  @Test
  void shouldEndAtTheSamplesThatExistAtItsStart() {
    NumberedSamples.send(cluster, 0, 20);
    pack("stream", 1);
    NumberedSamples.send(cluster, 20, 40);

    pack("stream", 1);

    List<Batch> train = batches(cluster, Topics.BATCHES, "stream");
    assertNumberedToTheEnd(train);
    assertThat(numbersOf(train, 0)).allMatch(number -> number < 20);
  }

  @Test
  void shouldCloseAtOnceWithoutSamples() {
    PackerProgress progress = pack("stream", 3);

    assertThat(progress).isEqualTo(new PackerProgress(2, 0, 0, 0, true));
    assertThat(batches(cluster, Topics.BATCHES, "stream"))
        .singleElement()
        .matches(Batch::getEndOfStream);
    assertThat(batches(cluster, Topics.EVAL_BATCHES, "stream"))
        .singleElement()
        .matches(Batch::getEndOfStream);
  }

  @Test
  void shouldRespectTheSplitOfASample() {
    try (SampleProducer samples = SampleProducer.open(cluster)) {
      for (int i = 0; i < 40; i++) {
        Split split = i < 10 ? Split.EVAL : Split.TRAIN;
        String text = Integer.toString(i);
        samples.send(SOURCE, text, new Sample(text, null, "even", split, Map.of()));
      }
      samples.commit();
    }

    pack("stream", 1);

    assertThat(numbersOf(batches(cluster, Topics.EVAL_BATCHES, "stream"), 0))
        .containsExactlyElementsOf(IntStream.range(0, 10).boxed().toList());
    assertThat(numbersOf(batches(cluster, Topics.BATCHES, "stream"), 0))
        .containsExactlyInAnyOrderElementsOf(IntStream.range(10, 40).boxed().toList());
  }

  @Test
  void shouldSendUnusableSamplesToTheDeadLettersOnce() throws Exception {
    String topic = cluster.name(Topics.SAMPLES);
    byte[] garbage = "garbage".getBytes(StandardCharsets.UTF_8);
    try (KafkaProducer<String, byte[]> foreign = cluster.producer("foreign", null)) {
      foreign.send(new ProducerRecord<>(topic, SOURCE + "/g", garbage)).get();
      foreign.send(new ProducerRecord<>(topic, SOURCE + "/t", null)).get();
      foreign.send(new ProducerRecord<>(topic, "elsewhere", garbage)).get();
      for (Sample sample :
          List.of(
              new Sample("1", null, "prime", null, Map.of()),
              new Sample("1", null, null, null, Map.of()),
              new Sample(" ", null, "odd", null, Map.of()))) {
        foreign.send(cluster.record(Topics.SAMPLES, SOURCE + "/s", sample)).get();
      }
    }
    NumberedSamples.send(cluster, 0, 20);

    PackerProgress progress = pack("stream", 2);

    assertThat(progress.deadLetters()).isEqualTo(5);
    List<DeadLetter> letters = NumberedSamples.deadLetters(cluster);
    assertThat(letters)
        .extracting(DeadLetter::origin)
        .containsExactly(
            IntStream.of(0, 1, 3, 4, 5)
                .mapToObj(offset -> new DeadLetter.Offset(topic, 0, offset))
                .toArray(DeadLetter.Origin[]::new));
    assertThat(letters.get(0).reason()).startsWith("not a readable record");
    assertThat(letters)
        .extracting(DeadLetter::reason)
        .endsWith(
            "no value",
            "the label 'prime' is not one of [even, odd]",
            "the label is missing",
            "the text is empty");
    assertThat(new TreeSet<>(numbersOf(batches(cluster, Topics.BATCHES, "stream"), 1)))
        .isNotEmpty()
        .allMatch(number -> number < 20);
  }

  @Test
  void shouldRefuseAStreamStartedWithOtherSettings() {
    NumberedSamples.send(cluster, 0, 20);
    pack("stream", 1);

    assertThatThrownBy(() -> pack("stream", 2))
        .isInstanceOf(RunException.class)
        .hasMessageStartingWith("stream 'stream': it was started with other settings");
  }

  private PackerProgress pack(String stream, int dataEpochs) {
    try (Packer packer = new Packer(cluster, config(stream, tokenizer, dataEpochs, false))) {
      packer.run();
      return packer.progress();
    }
  }

  private static List<Integer> numbersOf(List<Batch> batches, int dataEpoch) {
    return batches.stream()
        .filter(batch -> batch.getDataEpoch() == dataEpoch)
        .flatMap(batch -> numbers(batch).stream())
        .toList();
  }
}
