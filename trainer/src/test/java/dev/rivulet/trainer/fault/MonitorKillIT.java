package dev.rivulet.trainer.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.rankmonitor.RankMonitor;
import dev.rivulet.schemas.broker.BrokerFixture;
import dev.rivulet.schemas.broker.TestJvm;
import dev.rivulet.schemas.record.Step;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.trainer.loop.Trainer;
import dev.rivulet.trainer.run.SmallBert;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A rank monitor that is killed while a refresh waits for its decisions. */
@ExtendWith(BrokerFixture.class)
@Tag("fault")
class MonitorKillIT {
  private static final FaultRun METHOD = FaultRun.ADARANKGRAD;

  @Test
  void shouldGetItsDecisionsFromTheNextMonitor(KafkaCluster shared, @TempDir Path directory)
      throws Exception {
    KafkaCluster cluster = BrokerFixture.withOwnTopics(shared, "monitor-kill");
    Path model = SmallBert.write(directory.resolve("model"));
    Path state = directory.resolve("state");
    FaultRun.publishBatches(cluster);
    List<String> options = new ArrayList<>(List.of("-Xmx256m"));
    options.addAll(
        Trap.options(directory.resolve("rules.btm"), List.of(MonitorProcess.IN_A_REFRESH)));
    Process first =
        TestJvm.of(
                MonitorProcess.class,
                options,
                List.of(cluster.bootstrapServers(), cluster.prefix(), state.toString()))
            .inheritIO()
            .start();
    CompletableFuture<Trainer.Outcome> training =
        CompletableFuture.supplyAsync(() -> METHOD.train(cluster, "orphaned", model));
    assertThat(first.waitFor()).isEqualTo(Signal.KILLED);
    try (RankMonitor second = new RankMonitor(cluster, FaultRun.MONITOR, state)) {
      second.start();
      assertThat(training.join().finished()).isTrue();
      METHOD.train(cluster, "whole", model);
    }

    assertThat(StepLine.read(cluster, "orphaned").all()).noneMatch(Step::getFallback);
    assertThat(RunFingerprint.of(cluster, "orphaned").parts())
        .isEqualTo(RunFingerprint.of(cluster, "whole").parts());
  }
}
