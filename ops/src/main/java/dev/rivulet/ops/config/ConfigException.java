package dev.rivulet.ops.config;

import dev.rivulet.schemas.failure.UsageException;
import java.nio.file.Path;
import java.util.List;

/** Everything that is wrong with a configuration file, one line for each problem. */
public final class ConfigException extends UsageException {
  private static final long serialVersionUID = 1;

  ConfigException(Path file, List<String> problems) {
    this(file.toString(), problems);
  }

  /**
   * Tells the problems.
   *
   * @param files the file, or several
   */
  ConfigException(String files, List<String> problems) {
    super(
        "%s: %s\n  %s"
            .formatted(
                files,
                problems.size() == 1 ? "1 problem" : problems.size() + " problems",
                String.join("\n  ", problems)));
  }
}
