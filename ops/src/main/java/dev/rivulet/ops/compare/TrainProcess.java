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
 * The training of a run by {@code rivulet train} in a separate process, so that its peak memory and
 * its failure do not affect other runs.
 *
 * <p>The young generation of the Java heap is small, and the rest grows only when necessary. So the
 * resident size reflects the tensors and not uncollected garbage.
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
   * Starts the training.
   *
   * @param program the main class that runs commands
   * @param kafka the client settings of the cluster
   * @param config the run's configuration
   * @param log the output of the process is appended to it
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
   * Returns the reason of a failure; an empty text if the process succeeded.
   *
   * @throws IllegalThreadStateException when it has not ended
   */
  String failure() throws IOException {
    int exit = process.exitValue();
    if (exit == 0) {
      return "";
    }
    String lastLine = Files.exists(log) ? ChildJvm.lastLine(log) : "";
    return "its process ended with code %d: %s (%s)".formatted(exit, lastLine, log);
  }

  /** Asks the process to stop and waits for its end; the run can be resumed. */
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
