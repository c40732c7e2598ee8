package dev.rivulet.ops.broker;

import dev.rivulet.schemas.failure.RunException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Reports that another broker runs on a directory. */
public final class DirectoryInUseException extends RunException {
  private static final long serialVersionUID = 1;

  private final @Nullable String bootstrapServers;

  DirectoryInUseException(Path dir, String pid, @Nullable String bootstrapServers) {
    super("another rivulet process uses %s (pid %s)".formatted(dir, pid));
    this.bootstrapServers = bootstrapServers;
  }

  /** Returns HOST:PORT of the other broker; null when it does not serve yet. */
  public @Nullable String bootstrapServers() {
    return bootstrapServers;
  }
}
