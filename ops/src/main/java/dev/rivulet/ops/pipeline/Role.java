package dev.rivulet.ops.pipeline;

import dev.rivulet.ingest.pack.Packer;
import dev.rivulet.ingest.pack.PackerConfig;
import dev.rivulet.rankmonitor.MonitorConfig;
import dev.rivulet.rankmonitor.RankMonitor;
import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.trainer.config.TrainerConfig;
import dev.rivulet.trainer.log.LogRoom;
import dev.rivulet.trainer.loop.StoppedException;
import dev.rivulet.trainer.loop.Trainer;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A part of the pipeline that can run in this process. Roles do not know each other: they exchange
 * records through Kafka's topics.
 *
 * @param name of the role in messages and in the health endpoint
 * @param work runs until the role is finished or stopped
 * @param stop requests the end of the work; it may be called before, during and after the work
 */
public record Role(String name, Work work, Runnable stop) {
  public static final String PACKER = "packer";
  public static final String MONITOR = "monitor";
  public static final String TRAINER = "trainer";

  /** The work of a role. */
  @FunctionalInterface
  public interface Work {
    void run() throws InterruptedException;
  }

  /**
   * Returns the role that packs a stream of batches; it ends when the stream is closed.
   *
   * @throws IllegalArgumentException when the tokenizer is not usable
   */
  public static Role packer(KafkaCluster cluster, PackerConfig config) {
    Packer packer = new Packer(cluster, config);
    return new Role(PACKER, packer::run, packer::close);
  }

  /**
   * Returns the role that decides ranks and monitors stability; it never ends by itself.
   *
   * @param directory of its local state, which it can rebuild
   */
  public static Role monitor(KafkaCluster cluster, MonitorConfig config, Path directory) {
    CountDownLatch stopped = new CountDownLatch(1);
    return new Role(
        MONITOR,
        () -> {
          try (RankMonitor monitor = new RankMonitor(cluster, config, directory)) {
            monitor.start();
            while (!stopped.await(1, TimeUnit.SECONDS)) {
              if (!monitor.isRunning()) {
                throw new RunException(
                    "the rank monitor is in state %s: its log has the reason"
                        .formatted(monitor.state()));
              }
            }
          }
        },
        stopped::countDown);
  }

  /**
   * Returns the role that trains; it ends with the run.
   *
   * @param room disk space for the run's log
   */
  public static Role trainer(KafkaCluster cluster, TrainerConfig config, LogRoom room) {
    Trainer trainer = new Trainer(cluster, config, room);
    return new Role(
        TRAINER,
        () -> {
          try {
            trainer.run();
          } catch (StoppedException e) {
            // Another thread called close.
          }
        },
        trainer::close);
  }
}
