package dev.rivulet.ops.demo;

import dev.rivulet.ops.status.StatusConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of a demo's status page. */
final class PageOptions {
  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "Port of the status page, 0 for any. Default: 8080, or any if 8080 is in use")
  @Nullable Integer port;

  @Option(
      names = "--no-wait",
      negatable = false,
      description = "Exit after the run. By default the status page stays up until Ctrl-C.")
  boolean noWait;

  /** Returns the address of the page. */
  StatusConfig address() {
    StatusConfig defaults = StatusConfig.DEFAULT;
    return new StatusConfig(defaults.host(), port == null ? free(defaults) : port);
  }

  /** Returns the default port, or 0 (any free port) when it is in use. */
  private static int free(StatusConfig defaults) {
    try (ServerSocket probe =
        new ServerSocket(defaults.port(), 1, InetAddress.getByName(defaults.host()))) {
      return probe.getLocalPort();
    } catch (IOException e) {
      return 0;
    }
  }
}
