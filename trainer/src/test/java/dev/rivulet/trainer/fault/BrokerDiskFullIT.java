package dev.rivulet.trainer.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.schemas.broker.BrokerCluster;
import dev.rivulet.schemas.broker.Tmpfs;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.trainer.log.LogRoom;
import dev.rivulet.trainer.loop.Trainer;
import dev.rivulet.trainer.run.SmallBert;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The full disk of a broker in its own process. Kafka ends its process when its only disk is full.
 */
@Tag("fault")
@Timeout(300)
class BrokerDiskFullIT {
  /** Clients that report soon that a broker does not answer. */
  private static final Map<String, String> IMPATIENT =
      Map.of(
          "max.block.ms", "1000",
          "request.timeout.ms", "1000",
          "delivery.timeout.ms", "2000",
          "default.api.timeout.ms", "2000");

  @Test
  void shouldContinueWhenTheBrokerIsBackWithRoom(@TempDir Path directory) throws Exception {
    Path model = SmallBert.write(directory.resolve("model"));
    try (Tmpfs disk = Tmpfs.mount(directory.resolve("disk"), 64);
        BrokerCluster brokers = BrokerCluster.start(disk.root(), 1);
        Warnings warnings = new Warnings()) {
      KafkaCluster cluster =
          new KafkaCluster(brokers.cluster("").bootstrapServers(), IMPATIENT, "rivulet.");
      try (Admin admin = cluster.admin()) {
        brokers.createTopics(cluster, admin);
      }
      FullDiskRun run = new FullDiskRun(cluster, model, disk);
      run.trainWithoutFault();
      CompletableFuture<Trainer.Outcome> training = run.start(LogRoom.ELSEWHERE, 0);

      assertThat(brokers.awaitEnd(1)).isNotZero();
      String warning = "checkpoint 0-000010 is not written: Kafka at " + cluster.bootstrapServers();
      assertThat(warnings.next())
          .startsWith(warning)
          .contains("check that its brokers run and have free disk space");
      assertThat(training).isNotDone();
      disk.free();
      brokers.start(1);
      assertThat(training.join().finished()).isTrue();
      run.requireNothingLost(warning);
    }
  }
}
