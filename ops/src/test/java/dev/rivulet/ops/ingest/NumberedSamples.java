package dev.rivulet.ops.ingest;

import dev.rivulet.ingest.SampleProducer;
import dev.rivulet.ingest.pack.PackerConfig;
import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.record.Sample;
import dev.rivulet.schemas.record.Task;
import dev.rivulet.schemas.topic.DeadLetter;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topic;
import dev.rivulet.schemas.topic.TopicReader;
import dev.rivulet.schemas.topic.Topics;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/** Samples whose text is a number, and the tokenizer that gives each number one token. */
final class NumberedSamples {
  static final String SOURCE = "numbers";
  static final int MOST = 2_000;

  private NumberedSamples() {}

  /** Writes a tokenizer whose token ids are the numbers themselves, and MOST for all else. */
  static Path tokenizer(Path dir) throws IOException {
    String vocabulary =
        IntStream.range(0, MOST)
            .mapToObj(number -> "\"%d\":%d".formatted(number, number))
            .collect(Collectors.joining(","));
    String json =
        """
        {"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,
         "pre_tokenizer":{"type":"WhitespaceSplit"},"post_processor":null,"decoder":null,
         "model":{"type":"WordLevel","unk_token":"[UNK]","vocab":{%s,"[UNK]":%d}}}
        """
            .formatted(vocabulary, MOST);
    return Files.writeString(dir.resolve("tokenizer.json"), json);
  }

  static PackerConfig config(String stream, Path tokenizer, int dataEpochs, boolean follow) {
    return new PackerConfig(
        stream,
        SOURCE,
        tokenizer,
        Task.CLASSIFICATION,
        List.of("even", "odd"),
        8,
        16,
        8,
        dataEpochs,
        follow,
        0.1,
        42);
  }

  static void send(KafkaCluster cluster, int from, int to) {
    try (SampleProducer samples = SampleProducer.open(cluster)) {
      for (int number = from; number < to; number++) {
        String text = Integer.toString(number);
        String label = number % 2 == 0 ? "even" : "odd";
        samples.send(SOURCE, text, new Sample(text, null, label, null, Map.of()));
      }
      samples.commit();
    }
  }

  /** Returns the visible batches of a stream, in order. */
  static List<Batch> batches(KafkaCluster cluster, Topic<Batch> topic, String stream) {
    List<Batch> batches = new ArrayList<>();
    try (KafkaConsumer<String, byte[]> consumer = cluster.consumer("test")) {
      TopicReader.forEach(
          cluster,
          consumer,
          topic,
          (record, batch) -> {
            if (stream.equals(record.key())) {
              batches.add(batch);
            }
          });
    }
    return batches;
  }

  /** Returns the numbers in a batch, row by row. */
  static List<Integer> numbers(Batch batch) {
    IntBuffer ids = batch.getTokenIds().duplicate().order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
    return IntStream.range(0, batch.getRows())
        .mapToObj(row -> ids.get(row * batch.getLength()))
        .toList();
  }

  /** Returns the labels of all visible dead letters, in order. */
  static List<DeadLetter> deadLetters(KafkaCluster cluster) {
    List<DeadLetter> letters = new ArrayList<>();
    try (KafkaConsumer<String, byte[]> consumer = cluster.consumer("test")) {
      TopicReader.forEach(
          cluster,
          consumer,
          Topics.DEAD_LETTERS,
          (record, bytes) -> letters.add(DeadLetter.of(record.headers())));
    }
    return letters;
  }
}
