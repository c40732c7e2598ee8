package dev.rivulet.ops.config;

import java.nio.file.Path;
import java.util.List;

/** Everything that is wrong with a configuration file, one line for each problem. */
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1;

  ConfigException(Path file, List<String> problems) {
    super(
        "%s: %s\n  %s"
            .formatted(
                file,
                problems.size() == 1 ? "1 problem" : problems.size() + " problems",
                String.join("\n  ", problems)));
  }
}
