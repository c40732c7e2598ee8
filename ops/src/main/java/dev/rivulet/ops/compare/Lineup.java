package dev.rivulet.ops.compare;

import dev.rivulet.ops.broker.KafkaSettings;
import dev.rivulet.ops.config.Variants.Variant;
import dev.rivulet.ops.pipeline.Pipeline;
import dev.rivulet.ops.pipeline.Role;
import dev.rivulet.ops.pipeline.RoleException;
import dev.rivulet.ops.report.ProgressDisplay;
import dev.rivulet.ops.report.RunRecords;
import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.failure.UsageException;
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
 * The runs of a comparison, one after the other. The batches of a seed are packed before its first
 * run, one rank monitor serves all runs, and each run trains in a {@link TrainProcess}. Finished
 * runs are skipped; stopped runs resume.
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
   * Creates a line-up.
   *
   * @param kafka the client settings of the cluster
   * @param folder for the configurations and logs of the runs
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
   * Checks that no run of the cluster has one of these names and other settings.
   *
   * @throws IllegalStateException when one does: the message names the runs and the differences
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
      throw new UsageException(
          String.join("\n  ", others)
              + "\n  use those settings, or give the base configuration another run name");
    }
  }

  /**
   * Trains all unfinished runs and returns all results. A failed run is reported, and the others
   * are trained.
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
        print("run %d of %d: %s".formatted(i + 1, variants.size(), run(variant)));
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
          print("failed: " + failure);
        }
      }
    }
    return new Comparison(name, List.copyOf(results), List.copyOf(failures));
  }

  /** Trains a run and returns the reason of its failure; an empty text if it succeeded. */
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
        // Returns after a moment, or at once when the monitor has failed.
        boolean unused = monitor.await(Role.MONITOR, Duration.ZERO);
      }
      String failure = process.failure();
      return failure.isEmpty() && !isFinished(variant) ? "a command stopped it" : failure;
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

  private void print(String line) {
    err.println(line);
    err.flush();
  }
}
