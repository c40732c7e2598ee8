package dev.rivulet.trainer.fault;

import dev.rivulet.rankmonitor.RankMonitor;
import dev.rivulet.schemas.topic.KafkaCluster;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/** A rank monitor as a program, so that a test can kill it. */
public final class MonitorProcess {
  /** Acts when the monitor has some spectra of a second refresh, and the trainer waits. */
  public static final Rule IN_A_REFRESH =
      Rule.at("CLASS dev.rivulet.rankmonitor.topology.RefreshGatherer", "process", "AT EXIT")
          .nth(17);

  private MonitorProcess() {}

  /** Runs until it is killed: bootstrap servers, prefix, state directory. */
  public static void main(String[] args) throws InterruptedException {
    KafkaCluster cluster = new KafkaCluster(args[0], Map.of(), args[1]);
    try (RankMonitor monitor = new RankMonitor(cluster, FaultRun.MONITOR, Path.of(args[2]))) {
      monitor.start();
      new CountDownLatch(1).await();
    }
  }
}
