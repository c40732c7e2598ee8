package dev.rivulet.trainer.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.rankmonitor.RankMonitor;
import dev.rivulet.schemas.broker.BrokerFixture;
import dev.rivulet.schemas.broker.Eventually;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topic;
import dev.rivulet.schemas.topic.TopicReader;
import dev.rivulet.schemas.topic.Topics;
import dev.rivulet.trainer.run.SmallBert;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Two trainers of one run: the older is held during its work, the newer takes over and finishes,
 * and then the older continues.
 */
@ExtendWith(BrokerFixture.class)
@EnabledOnOs(OS.LINUX)
@Tag("fault")
class StaleTrainerIT {
  private static final FaultRun METHOD = FaultRun.ADARANKGRAD;
  private static final String RUN = "contested";

  private final KafkaCluster cluster;
  private final RankMonitor monitor;
  private final TrainerChild trainers;

  StaleTrainerIT(KafkaCluster shared, @TempDir Path directory) throws IOException {
    cluster = BrokerFixture.withOwnTopics(shared, "stale");
    monitor = new RankMonitor(cluster, FaultRun.MONITOR, directory.resolve("monitor"));
    trainers = new TrainerChild(cluster, directory, SmallBert.write(directory.resolve("model")));
  }

  @BeforeEach
  void startMonitor() {
    FaultRun.publishBatches(cluster);
    monitor.start();
  }

  @AfterEach
  void stopMonitor() {
    monitor.close();
  }

  @ParameterizedTest
  @EnumSource(
      value = KillPoint.class,
      names = {"STEP_TAKEN", "CHUNK_13", "COMMIT"})
  void shouldLeaveNothingOfTheOlderTrainerVisible(KillPoint held) throws Exception {
    Process older = trainers.start(METHOD, RUN, held.rules(Signal.STOP));
    try {
      awaitStop(older);
      assertThat(METHOD.train(cluster, RUN, trainers.model()).finished()).isTrue();
      Map<String, List<String>> visible = visible();

      Signal.CONT.sendTo(older.pid());
      assertThat(older.waitFor()).isEqualTo(1);

      assertThat(trainers.said())
          .contains("FencedException: run contested was taken over by another trainer");
      assertThat(visible()).isEqualTo(visible);
    } finally {
      older.destroyForcibly();
    }
    METHOD.train(cluster, "alone", trainers.model());
    assertThat(RunFingerprint.of(cluster, RUN).parts())
        .isEqualTo(RunFingerprint.of(cluster, "alone").parts());
  }

  private void awaitStop(Process trainer) {
    Path status = Path.of("/proc", Long.toString(trainer.pid()), "status");
    Eventually.await(
        "the trainer is held",
        () -> !trainer.isAlive() || Files.readString(status).contains("State:\tT"));
    assertThat(trainer.isAlive()).as(trainers::said).isTrue();
  }

  /** Returns the committed records of the run, by topic. */
  private Map<String, List<String>> visible() {
    Map<String, List<String>> visible = new TreeMap<>();
    for (Topic<?> topic :
        List.of(Topics.STEPS, Topics.SPECTRUM, Topics.FACTORS, Topics.STATE, Topics.CHECKPOINTS)) {
      List<String> keys = visible.computeIfAbsent(topic.name(), name -> new ArrayList<>());
      try (Consumer<String, byte[]> consumer = cluster.consumer("test")) {
        TopicReader.forEach(
            cluster,
            consumer,
            topic,
            (record, value) -> keys.add(record.offset() + " " + record.key()));
      }
    }
    return visible;
  }
}
