package dev.rivulet.ops.compare;

import dev.rivulet.ops.broker.KafkaSettings;
import dev.rivulet.ops.pipeline.ChildJvm;
import dev.rivulet.schemas.topic.KafkaCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A run's training in a process of its own, as {@code rivulet train} does it, so that its peak of
 * memory and its end are its own.
 *
 * <p>The young generation of the Java heap is small, and the rest grows only when it must: so the
 * resident size tells of the tensors, and not of garbage that waits to be collected.
 */
final class TrainProcess implements AutoCloseable {
  private static final long STOP_SECONDS = 60;

  private final Process process;
  private final Path log;

  private TrainProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /**
   * Starts to train.
   *
   * @param program the main class that runs commands
   * @param kafka where the client settings of the cluster lie
   * @param config the run's configuration
   * @param log gets what the process says; what is there stays
   * @throws IOException when the process cannot be started
   */
  static TrainProcess start(
      Class<?> program, KafkaCluster cluster, KafkaSettings kafka, Path config, Path log)
      throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "train",
                // If the parent is killed, its broker is gone too, and the trainer would wait for
                // it.
                "--end-with-parent",
                "--config=" + config,
                "--kafka=" + cluster.bootstrapServers(),
                "--prefix=" + cluster.prefix()));
    kafka.clientSettings().ifPresent(file -> arguments.add("--kafka-config=" + file));
    ProcessBuilder builder =
        ChildJvm.of(
                List.of(
                    "-Xms32m",
                    "-Xmn16m",
                    "-Xmx" + Runtime.getRuntime().maxMemory(),
                    "-XX:MinHeapFreeRatio=10",
                    "-XX:MaxHeapFreeRatio=20",
                    "-Dfile.encoding=UTF-8"),
                log.resolveSibling(log.getFileName() + ".crash"),
                program,
                arguments)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    return new TrainProcess(builder.start(), log);
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /**
   * Returns why the process failed; an empty text when it did not.
   *
   * @throws IllegalThreadStateException when it has not ended
   */
  String failure() throws IOException {
    int exit = process.exitValue();
    if (exit == 0) {
      return "";
    }
    String words = Files.exists(log) ? ChildJvm.lastLine(log) : "";
    return "its process ended with code %d: %s (%s)".formatted(exit, words, log);
  }

  /** Asks the process to stop, and waits for its end; it goes on another time. */
  @Override
  public void close() {
    process.destroy();
    boolean interrupted = Thread.interrupted();
    try {
      if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
