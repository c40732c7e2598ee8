package dev.rivulet.ingest;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/** Samples with numbers as texts, and a tokenizer with one token for each number. */
public final class NumberedSamples {
  public static final String SOURCE = "numbers";
  public static final int LIMIT = 2_000;

  /** The end-of-text token. */
  public static final int END = LIMIT + 1;

  private NumberedSamples() {}

  /** Writes a tokenizer whose token ids are the numbers below LIMIT, and LIMIT for other words. */
  public static Path tokenizer(Path dir) throws IOException {
    String vocabulary =
        IntStream.range(0, LIMIT)
            .mapToObj(number -> "\"%d\":%d".formatted(number, number))
            .collect(Collectors.joining(","));
    String json =
        """
        {"version":"1.0","truncation":null,"padding":null,"normalizer":null,
         "added_tokens":[{"id":%d,"content":"<|endoftext|>","special":true,"single_word":false,
                          "lstrip":false,"rstrip":false,"normalized":false}],
         "pre_tokenizer":{"type":"WhitespaceSplit"},"post_processor":null,"decoder":null,
         "model":{"type":"WordLevel","unk_token":"[UNK]","vocab":{%s,"[UNK]":%d}}}
        """
            .formatted(END, vocabulary, LIMIT);
    return Files.writeString(dir.resolve("tokenizer.json"), json);
  }

  public static PackerConfig config(String stream, Path tokenizer, int dataEpochs, boolean follow) {
    return new PackerConfig(
        stream,
        SOURCE,
        tokenizer,
        Task.CLASSIFICATION,
        List.of("even", "odd"),
        null,
        8,
        16,
        8,
        dataEpochs,
        follow,
        0.1,
        42);
  }

  /**
   * Returns settings for language modelling: 2 rows of 8 tokens per batch, 2 batches per window.
   */
  public static PackerConfig textConfig(String stream, Path tokenizer, int dataEpochs) {
    return new PackerConfig(
        stream,
        SOURCE,
        tokenizer,
        Task.CAUSAL_LM,
        List.of(),
        null,
        2,
        8,
        4,
        dataEpochs,
        false,
        0.1,
        42);
  }

  public static void send(KafkaCluster cluster, int from, int to) {
    try (SampleProducer samples = SampleProducer.open(cluster)) {
      for (int number = from; number < to; number++) {
        String text = Integer.toString(number);
        String label = number % 2 == 0 ? "even" : "odd";
        samples.send(SOURCE, text, new Sample(text, null, label, null, Map.of()));
      }
      samples.commit();
    }
  }

  /** Sends samples without a label: a repeated number, and a pair for every third number. */
  public static void sendTexts(KafkaCluster cluster, int from, int to) {
    try (SampleProducer samples = SampleProducer.open(cluster)) {
      for (int number = from; number < to; number++) {
        String word = Integer.toString(number);
        String text = String.join(" ", Collections.nCopies(words(number), word));
        String pair = number % 3 == 0 ? word : null;
        samples.send(SOURCE, word, new Sample(text, pair, null, null, Map.of()));
      }
      samples.commit();
    }
  }

  /** Returns the tokens of the text that {@link #sendTexts} sends for a number. */
  public static List<Integer> tokens(int number) {
    int length = words(number) + (number % 3 == 0 ? 1 : 0);
    List<Integer> tokens = new ArrayList<>(Collections.nCopies(length, number));
    tokens.add(END);
    return tokens;
  }

  /** Returns 1 to 7; for one in 100 numbers more than a window holds. */
  private static int words(int number) {
    return number % 100 == 50 ? 75 : 1 + number % 7;
  }

  /** Returns the visible batches of a stream, in order. */
  public static List<Batch> batches(KafkaCluster cluster, Topic<Batch> topic, String stream) {
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
  public static List<Integer> numbers(Batch batch) {
    IntBuffer ids = batch.getTokenIds().duplicate().order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
    return IntStream.range(0, batch.getRows())
        .mapToObj(row -> ids.get(row * batch.getLength()))
        .toList();
  }

  /** Checks that batch indices have no gap, and that only the last record ends the stream. */
  public static void assertNumberedToTheEnd(List<Batch> batches) {
    for (int i = 0; i < batches.size(); i++) {
      assertThat(batches.get(i).getIndex()).isEqualTo(i);
      assertThat(batches.get(i).getEndOfStream()).isEqualTo(i == batches.size() - 1);
    }
  }

  /** Returns all visible dead letters, in order. */
  public static List<DeadLetter> deadLetters(KafkaCluster cluster) {
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
