package dev.rivulet.trainer.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.rankmonitor.RankMonitor;
import dev.rivulet.schemas.broker.BrokerFixture;
import dev.rivulet.schemas.record.Step;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.trainer.run.SmallBert;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;

/**
 * What the runs of one method are killed and compared with: topics of their own, a rank monitor in
 * this process, and a run that nothing befell.
 */
final class KillBench implements AutoCloseable {
  private final FaultRun method;
  private final KafkaCluster cluster;
  private final RankMonitor monitor;
  private final TrainerChild trainers;
  private final RunFingerprint whole;
  private final long wholeMillis;
  private int kills;
  private int runs;
  private int same;

  /** Starts a monitor, and trains the run that nothing befalls. */
  KillBench(FaultRun method, KafkaCluster shared, Path directory)
      throws IOException, InterruptedException {
    this.method = method;
    cluster = BrokerFixture.withOwnTopics(shared, "kill-" + method);
    monitor = new RankMonitor(cluster, FaultRun.MONITOR, directory.resolve("monitor"));
    trainers = new TrainerChild(cluster, directory, SmallBert.write(directory.resolve("model")));
    FaultRun.publishBatches(cluster);
    monitor.start();
    Process trainer = trainers.start(method, "whole", List.of());
    trainers.awaitWork(trainer);
    long begin = System.nanoTime();
    assertThat(trainer.waitFor()).as(trainers::said).isZero();
    wholeMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
    whole = RunFingerprint.of(cluster, "whole");
    requireEvents(StepLine.read(cluster, "whole").all());
  }

  /** Checks that there is a rollback to be killed in, and a change of ranks to be killed across. */
  private void requireEvents(List<Step> steps) {
    assertThat(steps).extracting(Step::getEpoch).contains(0, 1);
    if (method == FaultRun.ADARANKGRAD) {
      assertThat(steps.stream().map(Step::getRanks).filter(Objects::nonNull).distinct())
          .hasSizeGreaterThan(2);
    }
  }

  /** Goes on with a run until the trainer dies at a point. */
  void killAt(KillPoint point, String run) throws IOException, InterruptedException {
    Process trainer = trainers.start(method, run, point.rules(Signal.KILL));
    int exit = trainer.waitFor();
    assertThat(exit)
        .as(() -> "killed at %s, %s; it said: %s".formatted(point, run, trainers.said()))
        .isEqualTo(Signal.KILLED);
    kills++;
  }

  /**
   * Starts runs until one is killed in the middle.
   *
   * @param share of the time that a run takes from the opening of its log, in [0, 1); drawn again
   *     for a run that was over by then
   * @return the run
   */
  String killAfter(DoubleSupplier share, String name) throws IOException, InterruptedException {
    for (int attempt = 0; ; attempt++) {
      String run = name + "-" + attempt;
      Process trainer = trainers.start(method, run, List.of());
      trainers.awaitWork(trainer);
      trainer.waitFor((long) (share.getAsDouble() * wholeMillis), TimeUnit.MILLISECONDS);
      trainer.destroyForcibly();
      int exit = trainer.waitFor();
      if (exit != 0) {
        assertThat(exit).as(trainers::said).isEqualTo(Signal.KILLED);
        kills++;
        return run;
      }
    }
  }

  /** Lets a run go on to its end, in this process, and compares it with the one without a fault. */
  void finish(String run, String fault) {
    runs++;
    assertThat(method.train(cluster, run, trainers.model()).finished()).isTrue();
    assertThat(RunFingerprint.of(cluster, run).parts()).as(fault).isEqualTo(whole.parts());
    same++;
  }

  /** Stops the monitor, and says how many runs ended well. */
  @Override
  public void close() {
    monitor.close();
    System.out.printf(
        "%s: %d/%d runs, killed %d times, ended with the bits of the one that was not (%s)%n",
        method, same, runs, kills, whole.sha256());
  }
}
