package dev.rivulet.ops.control;

import dev.rivulet.ops.orders.RunOrders.Origin;
import picocli.CommandLine.Option;

/** The option for the reason of an order. */
final class OriginOptions {
  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      defaultValue = "ordered on the command line",
      description = "The reason, for the log. Default: ${DEFAULT-VALUE}")
  String reason;

  /** Returns the user of this process, and the reason. */
  Origin origin() {
    return new Origin(System.getProperty("user.name", "unknown"), reason);
  }
}
