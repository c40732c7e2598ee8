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
 * The environment of the killed runs of one method: their own topics, a rank monitor in this
 * process, and a run without a fault to compare with.
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

  /** Starts a monitor, and trains the run without a fault. */
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

  /** Checks that the run has a rollback and a change of ranks, so that a kill can hit them. */
  private void requireEvents(List<Step> steps) {
    assertThat(steps).extracting(Step::getEpoch).contains(0, 1);
    if (method == FaultRun.ADARANKGRAD) {
      assertThat(steps.stream().map(Step::getRanks).filter(Objects::nonNull).distinct())
          .hasSizeGreaterThan(2);
    }
  }

  /** Resumes a run until the trainer is killed at a point. */
  void killAt(KillPoint point, String run) throws IOException, InterruptedException {
    Process trainer = trainers.start(method, run, point.rules(Signal.KILL));
    int exit = trainer.waitFor();
    assertThat(exit)
        .as(() -> "kill at %s, run %s; its output: %s".formatted(point, run, trainers.said()))
        .isEqualTo(Signal.KILLED);
    kills++;
  }

  /**
   * Starts runs until one is killed before its end.
   *
   * @param share time of the kill, as a share of the duration of a run after the opening of its
   *     log, in [0, 1); drawn again when the run has ended before
   * @return the killed run
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

  /** Resumes a run in this process until its end, and compares it with the run without a fault. */
  void finish(String run, String fault) {
    runs++;
    assertThat(method.train(cluster, run, trainers.model()).finished()).isTrue();
    assertThat(RunFingerprint.of(cluster, run).parts()).as(fault).isEqualTo(whole.parts());
    same++;
  }

  /** Stops the monitor, and prints the number of equal runs. */
  @Override
  public void close() {
    monitor.close();
    System.out.printf(
        "%s: %d of %d runs, killed %d times, ended with the bits of the run without a fault (%s)%n",
        method, same, runs, kills, whole.sha256());
  }
}
