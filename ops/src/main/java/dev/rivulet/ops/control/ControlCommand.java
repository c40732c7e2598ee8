package dev.rivulet.ops.control;

import dev.rivulet.ops.broker.KafkaAccess;
import dev.rivulet.ops.config.RunConfig;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.ops.console.OutputOptions;
import dev.rivulet.ops.console.RunChoice;
import dev.rivulet.ops.orders.Order;
import dev.rivulet.ops.orders.RunOrders;
import dev.rivulet.schemas.record.Command;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The {@code control} command: orders to a running trainer. */
@picocli.CommandLine.Command(
    name = "control",
    description = "Pause or resume a run's trainer, let it write a checkpoint, or stop it.",
    footer = {
      "The trainer obeys between two steps. A stopped run resumes at the same step when a trainer",
      "starts again. These orders reach only a running trainer. A rollback (`rivulet rollback`)",
      "also waits for the next one."
    })
public final class ControlCommand implements Callable<Integer> {
  @Mixin RunChoice choice;
  @Mixin OutputOptions output;
  @Mixin OriginOptions origin;

  @Parameters(paramLabel = "ORDER", description = "pause, resume, checkpoint or stop.")
  Order.Control order;

  @Override
  public Integer call() throws InterruptedException {
    Optional<RunConfig> config = choice.config();
    try (KafkaAccess access = choice.open(config)) {
      RunOrders orders =
          new RunOrders(
              access.cluster(), choice.log(access.cluster(), config), !access.embedsBroker());
      Command command = orders.place(order, origin.origin()).command();
      output.result(
          "run %s, epoch %d: %s ordered; a running trainer obeys before its next step"
              .formatted(
                  command.getRun(), command.getEpoch(), order.name().toLowerCase(Locale.ROOT)),
          Map.of(
              "run", command.getRun(),
              "epoch", command.getEpoch(),
              "action", command.getAction().name()));
    }
    return ExitCode.OK;
  }
}
