package dev.rivulet.trainer.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.rankmonitor.RankMonitor;
import dev.rivulet.schemas.broker.BrokerCluster;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.trainer.loop.Trainer;
import dev.rivulet.trainer.run.SmallBert;
import dev.rivulet.trainer.run.ToyStream;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A run on three brokers; the leader is killed during the training. */
@Tag("fault")
@Timeout(300)
class ThreeBrokersIT {
  private static final FaultRun METHOD = FaultRun.ADARANKGRAD;

  @Test
  void shouldTrainOnEveryBatchOnceWhenTheLeaderIsKilled(@TempDir Path directory) throws Exception {
    Path model = SmallBert.write(directory.resolve("model"));
    try (BrokerCluster brokers = BrokerCluster.start(directory, 3);
        Admin admin = brokers.cluster("").admin()) {
      KafkaCluster cluster = brokers.cluster("rivulet.");
      brokers.createTopics(cluster, admin);
      try (RankMonitor monitor =
          new RankMonitor(cluster, FaultRun.MONITOR, directory.resolve("monitor"))) {
        monitor.start();
        ToyStream.publishOpen(cluster, FaultRun.STREAM, 12);
        CompletableFuture<Trainer.Outcome> training =
            CompletableFuture.supplyAsync(() -> METHOD.train(cluster, "disturbed", model));
        StepLine.await(cluster, "disturbed", 7);
        int first = leader(brokers, cluster, admin);
        brokers.kill(first);
        ToyStream.publishRest(cluster, FaultRun.STREAM, 12, 20);
        StepLine.await(cluster, "disturbed", 14);
        brokers.start(first);
        int second = leader(brokers, cluster, admin);
        assertThat(second).isNotEqualTo(first);
        brokers.kill(second);
        ToyStream.publishRest(cluster, FaultRun.STREAM, 20, FaultRun.STEPS + 10);
        assertThat(training.join().finished()).isTrue();

        METHOD.train(cluster, "undisturbed", model);
      }
      StepLine line = StepLine.read(cluster, "disturbed");
      System.out.printf("longest pause between steps: %s%n", line.longestPause());
      assertThat(line.offsets()).isEqualTo(LongStream.range(0, FaultRun.STEPS).boxed().toList());
      assertThat(RunFingerprint.of(cluster, "disturbed").parts())
          .isEqualTo(RunFingerprint.of(cluster, "undisturbed").parts());
    }
  }

  /** Waits until all nodes have all records, and returns the leader of all topics. */
  private static int leader(BrokerCluster brokers, KafkaCluster cluster, Admin admin)
      throws Exception {
    Set<Integer> leaders = new HashSet<>(brokers.awaitAllInSync(cluster, admin).values());
    assertThat(leaders).hasSize(1);
    return leaders.iterator().next();
  }
}
