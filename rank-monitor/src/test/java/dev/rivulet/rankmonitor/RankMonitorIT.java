package dev.rivulet.rankmonitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rivulet.schemas.broker.BrokerFixture;
import dev.rivulet.schemas.broker.Eventually;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.policy.Spectra;
import dev.rivulet.schemas.record.Action;
import dev.rivulet.schemas.record.Command;
import dev.rivulet.schemas.record.Spectrum;
import dev.rivulet.schemas.record.Step;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.RunKey;
import dev.rivulet.schemas.topic.Topic;
import dev.rivulet.schemas.topic.TopicReader;
import dev.rivulet.schemas.topic.Topics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(BrokerFixture.class)
class RankMonitorIT {
  private static final Steps STEPS = new Steps("run", 0, 20);
  private static final int LAYERS = 3;

  @Test
  void shouldAnswerEachSpectrumWithOneDecision(KafkaCluster shared, @TempDir Path state)
      throws Exception {
    KafkaCluster cluster = BrokerFixture.withOwnTopics(shared, "answers");
    try (Feed feed = Feed.to(cluster);
        RankMonitor monitor = started(cluster, state)) {
      feed.sendForeign(Topics.SPECTRUM);
      for (int refresh = 0; refresh < 3; refresh++) {
        for (String layer : List.of("c", "a", "b")) {
          feed.send(spectrum(refresh, layer));
        }
      }
      assertThat(await(cluster, Topics.RANKS, 9))
          .extracting(decision -> decision.getRefresh() + decision.getLayer())
          .containsExactly("0a", "0b", "0c", "1a", "1b", "1c", "2a", "2b", "2c");
      assertThat(monitor.isRunning()).isTrue();
    }
  }

  @Tag("fault")
  @Test
  void shouldAnswerExactlyOnceWhenRestartedInTheMiddleOfARefresh(
      KafkaCluster shared, @TempDir Path state, @TempDir Path elsewhere) throws Exception {
    KafkaCluster cluster = BrokerFixture.withOwnTopics(shared, "restart");
    try (Feed feed = Feed.to(cluster);
        RankMonitor monitor = started(cluster, state)) {
      for (String layer : List.of("a", "b", "c")) {
        feed.send(spectrum(0, layer));
      }
      assertThat(await(cluster, Topics.RANKS, LAYERS)).hasSize(LAYERS);
      feed.send(spectrum(1, "a"));
      feed.send(spectrum(1, "b"));
      awaitRead(cluster, Topics.SPECTRUM, 5);
      assertThat(monitor.isRunning()).isTrue();
    }
    try (Feed feed = Feed.to(cluster);
        RankMonitor monitor = started(cluster, state)) {
      feed.send(spectrum(1, "c"));
      await(cluster, Topics.RANKS, 2 * LAYERS);
      feed.send(spectrum(2, "a"));
      awaitRead(cluster, Topics.SPECTRUM, 7);
      assertThat(monitor.isRunning()).isTrue();
    }
    // The state directory is a cache: without it the monitor restores its state from the cluster.
    try (Feed feed = Feed.to(cluster);
        RankMonitor monitor = started(cluster, elsewhere)) {
      feed.send(spectrum(2, "b"));
      feed.send(spectrum(2, "c"));
      assertThat(await(cluster, Topics.RANKS, 3 * LAYERS))
          .extracting(decision -> decision.getRefresh() + decision.getLayer())
          .containsExactly("0a", "0b", "0c", "1a", "1b", "1c", "2a", "2b", "2c");
      assertThat(monitor.isRunning()).isTrue();
    }
  }

  @Test
  void shouldOrderOneRollbackWhenTheLossIsNotFinite(KafkaCluster shared, @TempDir Path state)
      throws Exception {
    KafkaCluster cluster = BrokerFixture.withOwnTopics(shared, "rollback");
    try (Feed feed = Feed.to(cluster);
        RankMonitor monitor = started(cluster, state)) {
      for (long step = 1; step <= 44; step++) {
        feed.send(step(0, step, 0.7));
      }
      feed.send(step(0, 45, Double.NaN));
      feed.send(step(0, 46, Double.NaN));
      Command command = await(cluster, Topics.CONTROL, 1).get(0);
      assertThat(command.getAction()).isEqualTo(Action.ROLLBACK);
      assertThat(command.getStep()).isEqualTo(45);
      assertThat(command.getCheckpoint()).isEqualTo("0-000020");
      assertThat(command.getSkip()).hasSize(1);
      assertThat(command.getSkip().get(0).getFrom()).isEqualTo(44);
      assertThat(command.getSkip().get(0).getTo()).isEqualTo(45);

      // A second command proves that the first epoch caused only one.
      feed.send(step(1, 21, Double.NaN));
      assertThat(await(cluster, Topics.CONTROL, 2))
          .extracting(Command::getEpoch)
          .containsExactly(0, 1);
      assertThat(monitor.isRunning()).isTrue();
    }
  }

  @Test
  void shouldNameTheMissingTopicsInsteadOfStarting(KafkaCluster shared, @TempDir Path state) {
    KafkaCluster bare = BrokerFixture.withoutTopics(shared, "bare");
    try (RankMonitor monitor = new RankMonitor(bare, MonitorConfig.DEFAULT, state)) {
      assertThatThrownBy(monitor::start)
          .isInstanceOf(UsageException.class)
          .hasMessageContaining(bare.name(Topics.SPECTRUM))
          .hasMessageContaining("rivulet topics --create");
      assertThat(monitor.isRunning()).isFalse();
    }
  }

  private static RankMonitor started(KafkaCluster cluster, Path state) {
    RankMonitor monitor = new RankMonitor(cluster, MonitorConfig.DEFAULT, state);
    monitor.start();
    return monitor;
  }

  /** A producer of the records that a trainer publishes. */
  private record Feed(KafkaCluster cluster, KafkaProducer<String, byte[]> producer)
      implements AutoCloseable {
    static Feed to(KafkaCluster cluster) {
      return new Feed(cluster, cluster.producer("test", null));
    }

    void send(Spectrum spectrum) throws Exception {
      String key = RunKey.of(spectrum.getRun(), spectrum.getLayer());
      producer.send(cluster.record(Topics.SPECTRUM, key, spectrum)).get();
    }

    void send(Step step) throws Exception {
      producer.send(cluster.record(Topics.STEPS, step.getRun(), step)).get();
    }

    void sendForeign(Topic<?> topic) throws Exception {
      byte[] value = "foreign".getBytes(StandardCharsets.UTF_8);
      producer.send(new ProducerRecord<>(cluster.name(topic), "run", value)).get();
    }

    @Override
    public void close() {
      producer.close();
    }
  }

  /** Returns all records of a topic when it has at least {@code count}. */
  private static <T> List<T> await(KafkaCluster cluster, Topic<T> topic, int count) {
    try (KafkaConsumer<String, byte[]> consumer = cluster.consumer("test")) {
      List<T> found =
          Eventually.read(() -> read(cluster, consumer, topic), records -> records.size() >= count);
      assertThat(found).as(topic.name()).hasSizeGreaterThanOrEqualTo(count);
      return found;
    }
  }

  private static <T> List<T> read(
      KafkaCluster cluster, KafkaConsumer<String, byte[]> consumer, Topic<T> topic) {
    List<T> found = new ArrayList<>();
    TopicReader.forEach(cluster, consumer, topic, (record, value) -> found.add(value));
    return found;
  }

  /** Waits until the monitor has committed that it read {@code count} records of a topic. */
  private static void awaitRead(KafkaCluster cluster, Topic<?> topic, long count) {
    TopicPartition partition = new TopicPartition(cluster.name(topic), 0);
    String group = RankMonitor.applicationId(cluster);
    try (Admin admin = cluster.admin()) {
      Eventually.await(
          "%s has read %d records of %s".formatted(group, count, topic.name()),
          () -> {
            OffsetAndMetadata read =
                admin
                    .listConsumerGroupOffsets(group)
                    .partitionsToOffsetAndMetadata()
                    .get()
                    .get(partition);
            return read != null && read.offset() >= count;
          });
    }
  }

  private static Spectrum spectrum(int refresh, String layer) {
    return Spectra.of(Spectra.POLICY, LAYERS).at(0, refresh).layer(layer, 4, 2, 1, 0.5);
  }

  private static Step step(int epoch, long number, double loss) {
    return STEPS.inEpoch(epoch).step(number, loss);
  }
}
