package dev.rivulet.ops.compare;

import dev.rivulet.ops.broker.KafkaSettings;
import dev.rivulet.ops.config.Variants.Variant;
import dev.rivulet.ops.pipeline.Pipeline;
import dev.rivulet.ops.pipeline.Role;
import dev.rivulet.ops.pipeline.RoleException;
import dev.rivulet.ops.report.ProgressDisplay;
import dev.rivulet.ops.report.RunRecords;
import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.topic.KafkaCluster;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The runs of a comparison, one after the other: the batches of a seed are packed before its first
 * run, the rank monitor serves all, and each run trains in a {@link TrainProcess}. A run that has
 * finished before stays as it is; one that was stopped goes on.
 */
final class Lineup {
  private final KafkaCluster cluster;
  private final KafkaSettings kafka;
  private final List<Variant> variants;
  private final Path folder;
  private final Class<?> program;
  private final PrintWriter err;
  private final boolean terminal;
  private final Set<String> packed = new HashSet<>();
  private final List<RunResult> results = new ArrayList<>();
  private final List<String> failures = new ArrayList<>();

  /**
   * Makes a line-up.
   *
   * @param kafka where the client settings of the cluster lie
   * @param folder for the configurations and messages of the runs
   * @param program the main class that runs commands in other processes
   * @param terminal whether the error stream is a terminal
   */
  Lineup(
      KafkaCluster cluster,
      KafkaSettings kafka,
      List<Variant> variants,
      Path folder,
      Class<?> program,
      PrintWriter err,
      boolean terminal) {
    this.cluster = cluster;
    this.kafka = kafka;
    this.variants = variants;
    this.folder = folder;
    this.program = program;
    this.err = err;
    this.terminal = terminal;
  }

  /**
   * Checks that the cluster has no runs of these names with other settings.
   *
   * @throws IllegalStateException when it has some: the message names them and what differs
   */
  void requireSame() {
    List<String> others = new ArrayList<>();
    for (Variant variant : variants) {
      newest(variant)
          .map(manifest -> variant.config().trainer().differencesFrom(manifest.getConfig()))
          .filter(differences -> !differences.isEmpty())
          .ifPresent(
              differences ->
                  others.add(
                      "run %s exists with other settings (%s)"
                          .formatted(run(variant), String.join("; ", differences))));
    }
    if (!others.isEmpty()) {
      throw new IllegalStateException(
          String.join("\n  ", others)
              + "\n  compare with those, or give the base configuration another run name");
    }
  }

  /**
   * Trains all that is not done yet, and returns what came of it. The failure of a run is told, and
   * does not keep the others from being trained.
   *
   * @param monitorDirectory for the state of the rank monitor
   * @throws RoleException when the packer or the rank monitor fails
   */
  Comparison run(String name, Path monitorDirectory) throws IOException, InterruptedException {
    Role monitor = Role.monitor(cluster, variants.get(0).config().monitor(), monitorDirectory);
    try (Pipeline pipeline = new Pipeline(List.of(monitor))) {
      pipeline.start();
      for (int i = 0; i < variants.size(); i++) {
        Variant variant = variants.get(i);
        tell("run %d of %d: %s".formatted(i + 1, variants.size(), run(variant)));
        String failure = isFinished(variant) ? "" : train(variant, pipeline);
        if (failure.isEmpty()) {
          results.add(
              RunResult.of(
                  variant.name(),
                  variant.seed(),
                  run(variant),
                  RunRecords.read(cluster, run(variant))));
        } else {
          failures.add("%s: %s".formatted(run(variant), failure));
          tell("failed: " + failure);
        }
      }
    }
    return new Comparison(name, List.copyOf(results), List.copyOf(failures));
  }

  /** Trains a run, and returns why it failed; an empty text when it did not. */
  private String train(Variant variant, Pipeline monitor) throws IOException, InterruptedException {
    pack(variant);
    Path config = folder.resolve(run(variant) + ".yaml");
    Files.writeString(config, variant.yaml());
    try (TrainProcess process =
            TrainProcess.start(
                program, cluster, kafka, config, folder.resolve(run(variant) + ".log"));
        ProgressDisplay progress = new ProgressDisplay(cluster, run(variant), err, terminal)) {
      progress.start();
      while (process.isAlive()) {
        // Returns at once when the monitor has failed, and else after a moment.
        boolean unused = monitor.await(Role.MONITOR, Duration.ZERO);
      }
      String failure = process.failure();
      return failure.isEmpty() && !isFinished(variant) ? "it was stopped by a command" : failure;
    }
  }

  private void pack(Variant variant) throws InterruptedException {
    if (packed.add(variant.config().packer().stream())) {
      try (Pipeline pipeline =
          new Pipeline(List.of(Role.packer(cluster, variant.config().packer())))) {
        pipeline.start();
        pipeline.await(Role.PACKER);
      }
    }
  }

  private boolean isFinished(Variant variant) {
    return newest(variant).map(manifest -> manifest.getCause() == Cause.FINISH).orElse(false);
  }

  private Optional<Manifest> newest(Variant variant) {
    return CheckpointLog.read(cluster, run(variant)).newest();
  }

  private static String run(Variant variant) {
    return variant.config().trainer().run();
  }

  private void tell(String line) {
    err.println(line);
    err.flush();
  }
}
