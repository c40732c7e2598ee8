package dev.rivulet.ops.console;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that selects one of a run's checkpoints. */
public final class CheckpointOption {
  @Option(
      names = "--checkpoint",
      paramLabel = "ID",
      description = "Name of the checkpoint, such as 0-000100. Default: the newest")
  @Nullable String name;

  /** Returns the name; null for the newest. */
  public @Nullable String name() {
    return name;
  }
}
