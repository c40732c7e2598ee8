package dev.rivulet.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.schemas.broker.BrokerCluster;
import dev.rivulet.schemas.broker.Eventually;
import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.Step;
import dev.rivulet.schemas.record.TensorRef;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.trainer.loop.Trainer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TransactionState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A trainer whose only broker stops while a record is sent. The outage is longer than the timeouts
 * of Kafka's clients and of transactions. The broker restarts with its data.
 */
@Tag("fault")
@Timeout(300)
class BrokerOutageIT {
  private static final int STEPS = TrainerProcess.STEPS;
  private static final Duration AWAY = Duration.ofSeconds(6);

  private static final Map<String, String> IMPATIENT =
      Map.of(
          "max.block.ms", "1000",
          "request.timeout.ms", "1000",
          "delivery.timeout.ms", "2000",
          "default.api.timeout.ms", "2000",
          "transaction.timeout.ms", "3000",
          "interceptor.classes", Tripwire.class.getName());

  private final Path directory;
  private final BrokerCluster broker;
  private final KafkaCluster cluster;
  private CompletableFuture<Void> back = CompletableFuture.completedFuture(null);

  BrokerOutageIT(@TempDir Path directory) throws IOException {
    this.directory = directory;
    broker = BrokerCluster.start(directory, 1);
    cluster = new KafkaCluster(broker.cluster("").bootstrapServers(), IMPATIENT, "outage.");
  }

  @BeforeEach
  void createTopics() {
    try (Admin admin = cluster.admin()) {
      cluster.createMissingTopics(admin);
    }
  }

  @AfterEach
  void stop() {
    Tripwire.clear();
    back.join();
    broker.close();
  }

  @ParameterizedTest
  @CsvSource({"steps, 13", "factors, 40", "state, 40", "checkpoints, 3"})
  void shouldLoseNothingWhenTheBrokerStopsAndRestarts(String topic, int record) throws Exception {
    ToyStream.publish(cluster, "toy", STEPS + 20, Set.of());
    train("steady");
    onRecord(topic, record, this::stopForAWhile);
    assertThat(train("shaken").finished()).isTrue();
    assertSameAsSteady("Kafka at %s does not take it".formatted(cluster.bootstrapServers()));
  }

  @ParameterizedTest
  @CsvSource({"steps, 13", "state, 40"})
  void shouldLoseNothingWhenATransactionTakesTooLong(String topic, int record) throws Exception {
    ToyStream.publish(cluster, "toy", STEPS + 20, Set.of());
    train("steady");
    onRecord(topic, record, this::awaitTheBrokersAbort);
    assertThat(train("shaken").finished()).isTrue();
    assertSameAsSteady("Kafka has ended its transaction, which took too long");
  }

  private static void onRecord(String topic, int record, Runnable action) {
    AtomicInteger sent = new AtomicInteger();
    Tripwire.set(
        at -> {
          if (at.topic().equals("outage." + topic) && sent.incrementAndGet() == record) {
            action.run();
          }
        });
  }

  /** Waits until the broker has aborted the trainer's transaction after its timeout. */
  private void awaitTheBrokersAbort() {
    String id = "outage.trainer-shaken";
    try (Admin admin = cluster.admin()) {
      Eventually.await(
          "the broker aborts the transaction",
          () ->
              admin.describeTransactions(Set.of(id)).description(id).get().state()
                  == TransactionState.COMPLETE_ABORT);
    }
  }

  private void assertSameAsSteady(String why) {
    RunReader shaken = new RunReader(cluster, "shaken");
    assertThat(shaken.steps())
        .extracting(Step::getStep)
        .containsExactlyElementsOf(LongStream.rangeClosed(1, STEPS).boxed().toList());
    assertThat(shaken.steps())
        .extracting(Step::getNote)
        .filteredOn(Objects::nonNull)
        .singleElement()
        .asString()
        .contains("is not written: " + why);
    List<Manifest> checkpoints = shaken.checkpoints();
    assertThat(checkpoints)
        .extracting(Manifest::getStep)
        .containsExactly(0L, 10L, 20L, 30L, 40L, 50L, 60L);
    assertThat(checkpoints.get(6).getCause()).isEqualTo(Cause.FINISH);
    List<Manifest> steady = new RunReader(cluster, "steady").checkpoints();
    for (int i = 0; i < checkpoints.size(); i++) {
      assertThat(hashes(checkpoints.get(i))).isEqualTo(hashes(steady.get(i)));
    }
  }

  private static List<Object> hashes(Manifest manifest) {
    return manifest.getState().stream().<Object>map(TensorRef::getSha256).toList();
  }

  /** Stops the broker, and restarts it after the outage. */
  private void stopForAWhile() {
    broker.stop(1);
    back =
        CompletableFuture.runAsync(
            () -> {
              Eventually.pause(AWAY);
              try {
                broker.start(1);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
  }

  private Trainer.Outcome train(String run) throws IOException {
    try (Trainer trainer =
        new Trainer(
            cluster,
            TrainerProcess.config(
                run, "toy", SmallBert.write(directory.resolve("model")), "lora"))) {
      return trainer.run();
    }
  }
}
