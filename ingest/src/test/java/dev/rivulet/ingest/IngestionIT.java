package dev.rivulet.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rivulet.ingest.reader.FieldNames;
import dev.rivulet.ingest.reader.Input;
import dev.rivulet.schemas.broker.BrokerFixture;
import dev.rivulet.schemas.failure.FencedException;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.Sample;
import dev.rivulet.schemas.topic.DeadLetter;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.TopicReader;
import dev.rivulet.schemas.topic.Topics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(BrokerFixture.class)
class IngestionIT {
  @TempDir Path dir;
  private KafkaCluster cluster;

  @BeforeEach
  void emptyTopics(KafkaCluster shared) {
    cluster = BrokerFixture.withOwnTopics(shared, "ingestion");
  }

  @Test
  void shouldWriteGoodLinesAsSamplesAndMalformedOnesAsDeadLetters() throws IOException {
    Map<Integer, String> malformed = new LinkedHashMap<>();
    malformed.put(10, "{\"text\":");
    malformed.put(20, "{\"text\":\"\"}");
    malformed.put(30, "{\"label\":\"x\"}");
    malformed.put(400, "[]");
    malformed.put(500, "{\"text\":\"a\",\"split\":\"sometimes\"}");
    List<String> lines = new ArrayList<>();
    for (int i = 0; lines.size() < 605; i++) {
      String broken = malformed.get(lines.size() + 1);
      lines.add(broken != null ? broken : "{\"text\":\"json %d\",\"label\":\"x\"}".formatted(i));
    }
    Path json = Files.write(dir.resolve("a.jsonl"), lines);
    List<String> rows = new ArrayList<>(List.of("text,label", "\"opened,x", "a,b,c"));
    IntStream.range(0, 400).forEach(i -> rows.add("\"csv, %d\",x".formatted(i)));
    Path csv = Files.write(dir.resolve("b.csv"), rows);
    long size = Files.size(json) + Files.size(csv);
    List<Long> progress = new ArrayList<>();

    IngestSummary summary;
    try (SampleProducer samples = SampleProducer.open(cluster)) {
      summary =
          new Ingestion("mixed", FieldNames.DEFAULT)
              .run(
                  Input.find(List.of(dir), null),
                  samples,
                  (bytes, total) -> {
                    assertThat(total).isEqualTo(size);
                    progress.add(bytes);
                  });
      samples.commit();
    }

    assertThat(summary).isEqualTo(new IngestSummary(1000, 7, size));
    assertThat(progress).isSorted().endsWith(summary.bytes());
    Map<String, Sample> samples = samples();
    assertThat(samples).hasSize(1000);
    assertThat(samples)
        .hasEntrySatisfying(
            "mixed/a.jsonl:605",
            sample ->
                assertThat(sample.getAttributes())
                    .containsEntry("file", json.toString())
                    .containsEntry("line", "605"))
        .hasEntrySatisfying(
            "mixed/b.csv:403", sample -> assertThat(sample.getText()).isEqualTo("csv, 399"));
    List<DeadLetter> letters = NumberedSamples.deadLetters(cluster);
    assertThat(letters)
        .extracting(DeadLetter::origin)
        .containsExactly(
            new DeadLetter.Line(json.toString(), 10),
            new DeadLetter.Line(json.toString(), 20),
            new DeadLetter.Line(json.toString(), 30),
            new DeadLetter.Line(json.toString(), 400),
            new DeadLetter.Line(json.toString(), 500),
            new DeadLetter.Line(csv.toString(), 2),
            new DeadLetter.Line(csv.toString(), 3));
    assertThat(letters).extracting(DeadLetter::reason).allMatch(reason -> !reason.isBlank());
    List<String> values = new ArrayList<>(malformed.values());
    values.addAll(rows.subList(1, 3));
    assertThat(deadValues()).containsExactlyElementsOf(values);
  }

  @Test
  void shouldDropSamplesThatWereNotCommitted() {
    Sample sample = new Sample("a", null, null, null, Map.of());
    try (SampleProducer dropped = SampleProducer.transactional(cluster, "writer")) {
      dropped.send("source", "dropped", sample);
      dropped.flush();
    }
    assertThat(samples()).isEmpty();
  }

  @Test
  void shouldShowOnlyCommittedSamples() {
    Sample sample = new Sample("a", null, null, null, Map.of());
    try (SampleProducer kept = SampleProducer.transactional(cluster, "writer")) {
      kept.send("source", "1", sample);
      kept.send("source", "2", sample);
      kept.commit();
      kept.send("source", "dropped", sample);
      kept.flush();
    }
    assertThat(samples()).containsOnlyKeys("source/1", "source/2");
  }

  @Test
  void shouldFailAfterAnotherWriterTookOver() {
    Sample sample = new Sample("a", null, null, null, Map.of());
    SampleProducer first = SampleProducer.transactional(cluster, "writer");
    first.send("source", "1", sample);
    first.flush();
    try (SampleProducer second = SampleProducer.transactional(cluster, "writer")) {
      second.send("source", "2", sample);
      first.send("source", "3", sample);

      assertThatThrownBy(first::commit)
          .isInstanceOf(FencedException.class)
          .hasMessageContaining("another process started writing samples of this source");
      assertThatThrownBy(first::close).isInstanceOf(KafkaException.class);
      second.commit();
    }
    assertThat(samples()).containsOnlyKeys("source/2");
  }

  @Test
  void shouldReportASampleThatCannotBeWritten() {
    Sample tooLarge = new Sample("x".repeat(2 << 20), null, null, null, Map.of());
    SampleProducer samples = SampleProducer.open(cluster);

    samples.send("source", "1", tooLarge);

    assertThatThrownBy(samples::commit)
        .isInstanceOf(KafkaException.class)
        .hasMessageContaining("a sample could not be written");
    assertThatThrownBy(samples::close).isInstanceOf(KafkaException.class);
  }

  @Test
  void shouldNameMissingTopics(KafkaCluster shared) {
    KafkaCluster bare = BrokerFixture.withoutTopics(shared, "bare");

    assertThatThrownBy(() -> SampleProducer.open(bare))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(bare.name(Topics.SAMPLES))
        .hasMessageContaining("rivulet topics --create");
  }

  private Map<String, Sample> samples() {
    Map<String, Sample> samples = new LinkedHashMap<>();
    try (KafkaConsumer<String, byte[]> consumer = cluster.consumer("test")) {
      TopicReader.forEach(
          cluster,
          consumer,
          Topics.SAMPLES,
          (record, sample) -> assertThat(samples.put(record.key(), sample)).isNull());
    }
    return samples;
  }

  private List<String> deadValues() {
    List<String> values = new ArrayList<>();
    try (KafkaConsumer<String, byte[]> consumer = cluster.consumer("test")) {
      TopicReader.forEach(
          cluster,
          consumer,
          Topics.DEAD_LETTERS,
          (record, bytes) -> values.add(new String(bytes, StandardCharsets.UTF_8)));
    }
    return values;
  }
}
