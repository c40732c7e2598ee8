package dev.rivulet.ingest.pack;

import static dev.rivulet.ingest.NumberedSamples.batches;
import static dev.rivulet.ingest.NumberedSamples.config;
import static dev.rivulet.ingest.NumberedSamples.numbers;
import static dev.rivulet.ingest.NumberedSamples.textConfig;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rivulet.ingest.NumberedSamples;
import dev.rivulet.schemas.broker.BrokerFixture;
import dev.rivulet.schemas.broker.Eventually;
import dev.rivulet.schemas.broker.TestJvm;
import dev.rivulet.schemas.failure.FencedException;
import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.record.Task;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topic;
import dev.rivulet.schemas.topic.Topics;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@Tag("fault")
@ExtendWith(BrokerFixture.class)
class PackerRestartIT {
  @TempDir Path dir;
  private Path tokenizer;
  private KafkaCluster cluster;

  @BeforeEach
  void emptyTopics(KafkaCluster shared) throws IOException {
    cluster = BrokerFixture.withOwnTopics(shared, "restart");
    tokenizer = NumberedSamples.tokenizer(dir);
  }

  @Test
  void shouldWriteTheSameBatchesWhenKilledRepeatedly() throws Exception {
    NumberedSamples.send(cluster, 0, 700);
    finish("whole");

    for (int batches : new int[] {3, 12, 80, 110}) {
      killAfter(Task.CLASSIFICATION, "killed", batches);
    }
    finish("killed");

    assertSameStreams("whole", "killed");
  }

  @Test
  void shouldWriteTheSameBatchesOfTextWhenKilledRepeatedly() throws Exception {
    NumberedSamples.sendTexts(cluster, 0, 400);
    finish(textConfig("whole", tokenizer, 2));

    for (int batches : new int[] {3, 60, 200}) {
      killAfter(Task.CAUSAL_LM, "killed", batches);
    }
    finish(textConfig("killed", tokenizer, 2));

    assertSameStreams("whole", "killed");
  }

  @Test
  void shouldWriteTheSameBatchesWhenClosedRepeatedly() throws Exception {
    NumberedSamples.send(cluster, 0, 300);
    finish("whole");

    for (int batches = 10; !isClosed("closed"); batches += 10) {
      runUntil(batches);
    }

    assertSameStreams("whole", "closed");
  }

  @Test
  void shouldDropTheTransactionThatADeadPackerLeftOpen() throws Exception {
    NumberedSamples.send(cluster, 0, 100);
    finish("whole");
    String id = cluster.prefix() + "rivulet-packer-torn";
    try (KafkaProducer<String, byte[]> dead = cluster.producer("dead", id)) {
      dead.initTransactions();
      dead.beginTransaction();
      Batch stray = batches(cluster, Topics.BATCHES, "whole").get(3);
      dead.send(cluster.record(Topics.BATCHES, "torn", stray)).get();

      finish("torn");
    }

    assertSameStreams("whole", "torn");
  }

  @Test
  void shouldStopTheOlderOfTwoPackers() throws Exception {
    NumberedSamples.send(cluster, 0, 100);
    CompletableFuture<Void> second;
    try (Packer older = new Packer(cluster, config("followed", tokenizer, 1, true));
        Packer newer = new Packer(cluster, config("followed", tokenizer, 1, true))) {
      CompletableFuture<Void> first = CompletableFuture.runAsync(older::run);
      awaitNumbers("followed", 50);
      second = CompletableFuture.runAsync(newer::run);
      awaitNumbers("followed", 100);
      NumberedSamples.send(cluster, 100, 300);

      assertThatThrownBy(() -> first.orTimeout(60, TimeUnit.SECONDS).join())
          .hasCauseInstanceOf(FencedException.class)
          .hasMessageContaining("stream 'followed' was taken over by another packer");
      awaitNumbers("followed", 300);
    }
    second.join();

    assertThat(numbersOf("followed"))
        .containsExactlyInAnyOrderElementsOf(IntStream.range(0, 300).boxed().toList());
    List<Batch> train = batches(cluster, Topics.BATCHES, "followed");
    assertThat(train)
        .extracting(Batch::getIndex)
        .containsExactlyElementsOf(LongStream.range(0, train.size()).boxed().toList());
  }

  @Test
  void shouldFailWhenSamplesWereDeletedBeforeTheyWereRead() throws Exception {
    NumberedSamples.send(cluster, 0, 100);
    try (Packer packer = new Packer(cluster, config("late", tokenizer, 1, true))) {
      CompletableFuture<Void> unused = CompletableFuture.runAsync(packer::run);
      awaitNumbers("late", 100);
    }
    NumberedSamples.send(cluster, 100, 200);
    TopicPartition samples = new TopicPartition(cluster.name(Topics.SAMPLES), 0);
    try (Admin admin = cluster.admin()) {
      admin.deleteRecords(Map.of(samples, RecordsToDelete.beforeOffset(150))).all().get();
    }

    try (Packer packer = new Packer(cluster, config("late", tokenizer, 1, true))) {
      assertThatThrownBy(packer::run)
          .isInstanceOf(RunException.class)
          .hasMessageContaining("stream 'late': retention deleted samples before they were read")
          .hasMessageContaining(samples + "=100");
    }
  }

  @Test
  void shouldRefuseToRestartWhenItsPositionIsLost() throws Exception {
    NumberedSamples.send(cluster, 0, 20);
    finish("forgotten");
    try (Admin admin = cluster.admin()) {
      admin.deleteConsumerGroups(List.of("rivulet-packer-forgotten")).all().get();
    }

    assertThatThrownBy(() -> finish("forgotten"))
        .isInstanceOf(RunException.class)
        .hasMessageContaining("stream 'forgotten': it has batches");
  }

  private void finish(String stream) {
    finish(config(stream, tokenizer, 2, false));
  }

  private void finish(PackerConfig config) {
    try (Packer packer = new Packer(cluster, config)) {
      packer.run();
      assertThat(packer.progress().complete()).isTrue();
    }
  }

  /** Runs the packer of the stream "closed", and closes it after some batches. */
  private void runUntil(int batches) {
    CompletableFuture<Void> run;
    try (Packer packer = new Packer(cluster, config("closed", tokenizer, 2, false))) {
      run = CompletableFuture.runAsync(packer::run);
      Eventually.await(
          "%d batches are packed".formatted(batches),
          () -> run.isDone() || packer.progress().batches() >= batches);
    }
    run.join();
  }

  private boolean isClosed(String stream) {
    return batches(cluster, Topics.BATCHES, stream).stream().anyMatch(Batch::getEndOfStream);
  }

  /** Packs in a separate process, and kills it after the given number of batches. */
  private void killAfter(Task task, String stream, int batches) throws Exception {
    Process child =
        TestJvm.of(
                PackerProcess.class,
                List.of(),
                List.of(
                    cluster.bootstrapServers(),
                    cluster.prefix(),
                    stream,
                    tokenizer.toString(),
                    task.name()))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader out =
        new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        if (line.matches("\\d+") && Integer.parseInt(line) >= batches) {
          child.toHandle().destroyForcibly();
        }
      }
    }
    assertThat(child.waitFor()).isEqualTo(128 + 9);
  }

  private void assertSameStreams(String expected, String actual) {
    for (Topic<Batch> topic : List.of(Topics.EVAL_BATCHES, Topics.BATCHES)) {
      assertThat(unnamed(topic, actual))
          .hasSizeGreaterThan(1)
          .containsExactlyElementsOf(unnamed(topic, expected));
    }
  }

  /** Returns the batches of a stream without its name. */
  private List<Batch> unnamed(Topic<Batch> topic, String stream) {
    List<Batch> batches = batches(cluster, topic, stream);
    batches.forEach(batch -> batch.put("stream", ""));
    return batches;
  }

  private List<Integer> numbersOf(String stream) {
    return List.of(Topics.EVAL_BATCHES, Topics.BATCHES).stream()
        .flatMap(topic -> batches(cluster, topic, stream).stream())
        .flatMap(batch -> numbers(batch).stream())
        .toList();
  }

  private void awaitNumbers(String stream, int count) {
    Eventually.await(
        "%d samples are packed".formatted(count), () -> numbersOf(stream).size() >= count);
  }
}
