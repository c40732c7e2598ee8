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
 * A part of the pipeline, ready to run in this process. Roles know nothing of each other: they meet
 * in Kafka's topics.
 *
 * @param name of the role, as people and the health endpoint call it
 * @param work does the role's work, until that is done or it is stopped
 * @param stop asks the work to end; it may be called before, during and after
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
   * @throws IllegalArgumentException when the tokenizer cannot be used
   */
  public static Role packer(KafkaCluster cluster, PackerConfig config) {
    Packer packer = new Packer(cluster, config);
    return new Role(PACKER, packer::run, packer::close);
  }

  /**
   * Returns the role that decides ranks and watches over stability; it never ends by itself.
   *
   * @param directory for its state, which it may lose
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
                    "its state is %s: the log tells why".formatted(monitor.state()));
              }
            }
          }
        },
        stopped::countDown);
  }

  /**
   * Returns the role that trains; it ends when the run is over.
   *
   * @param room for what it writes
   */
  public static Role trainer(KafkaCluster cluster, TrainerConfig config, LogRoom room) {
    Trainer trainer = new Trainer(cluster, config, room);
    return new Role(
        TRAINER,
        () -> {
          try {
            trainer.run();
          } catch (StoppedException e) {
            // It was asked to.
          }
        },
        trainer::close);
  }
}
