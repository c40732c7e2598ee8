package dev.rivulet.ops.status;

import dev.rivulet.schemas.failure.UsageException;

/**
 * The address of the status server.
 *
 * @param host host name or address of the network interface
 * @param port 0 for any free port
 */
public record StatusConfig(String host, int port) {
  /** This machine only, port 8080. */
  public static final StatusConfig DEFAULT = new StatusConfig("127.0.0.1", 8080);

  public StatusConfig {
    if (port < 0 || port > 65_535) {
      throw new UsageException("status port %d: use 0 to 65535".formatted(port));
    }
  }
}
