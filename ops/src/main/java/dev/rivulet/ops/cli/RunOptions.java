package dev.rivulet.ops.cli;

import dev.rivulet.ops.config.RunConfig;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of commands that work on a configured run. */
public final class RunOptions {
  @Mixin ClusterOptions kafka;

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      required = true,
      description = "The run's configuration, YAML; 'rivulet config' lists the keys.")
  Path file;

  /** Reads the configuration. */
  RunConfig config() {
    return RunConfig.load(file);
  }
}
