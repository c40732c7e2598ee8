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
      description = "Port of the status page, 0 for any. Default: 8080, or any if that is taken")
  @Nullable Integer port;

  @Option(
      names = "--no-wait",
      negatable = false,
      description = "End with the run; otherwise the status page stays until Ctrl-C.")
  boolean noWait;

  /** Returns where the page is to be served. */
  StatusConfig address() {
    StatusConfig usual = StatusConfig.DEFAULT;
    return new StatusConfig(usual.host(), port == null ? free(usual) : port);
  }

  /** Returns the usual port, or 0 for any free one when it is taken. */
  private static int free(StatusConfig usual) {
    try (ServerSocket probe =
        new ServerSocket(usual.port(), 1, InetAddress.getByName(usual.host()))) {
      return probe.getLocalPort();
    } catch (IOException e) {
      return 0;
    }
  }
}
