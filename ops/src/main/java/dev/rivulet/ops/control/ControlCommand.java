package dev.rivulet.ops.control;

import dev.rivulet.ops.broker.KafkaAccess;
import dev.rivulet.ops.config.RunConfig;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.ops.console.OutputOptions;
import dev.rivulet.ops.console.RunChoice;
import dev.rivulet.ops.orders.Orders;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.Action;
import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.Command;
import dev.rivulet.schemas.record.Manifest;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The {@code control} command: orders to a trainer at work. */
@picocli.CommandLine.Command(
    name = "control",
    description = "Pause a run's trainer, let it go on, let it write a checkpoint, or stop it.",
    footer = {
      "The trainer obeys between two steps. A stopped run goes on where it was, when it is started",
      "again. An order reaches a trainer at work only; `rivulet rollback` has the one that stands."
    })
public final class ControlCommand implements Callable<Integer> {

  /** What a trainer can be told. */
  enum Order {
    PAUSE(Action.PAUSE),
    RESUME(Action.RESUME),
    CHECKPOINT(Action.CHECKPOINT),
    STOP(Action.STOP);

    private final Action action;

    Order(Action action) {
      this.action = action;
    }
  }

  @Mixin RunChoice choice;
  @Mixin OutputOptions output;

  @Parameters(paramLabel = "ORDER", description = "pause, resume, checkpoint or stop.")
  Order order;

  @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the log.")
  @Nullable String reason;

  @Override
  public Integer call() throws InterruptedException {
    Optional<RunConfig> config = choice.config();
    try (KafkaAccess access = choice.open(config)) {
      Manifest newest = RunChoice.newest(choice.log(access.cluster(), config));
      String verb = order.name().toLowerCase(Locale.ROOT);
      if (newest.getCause() == Cause.FINISH) {
        throw new UsageException(
            "run %s has finished: there is nothing to %s".formatted(newest.getRun(), verb));
      } else if (access.embedsBroker()) {
        throw new UsageException(
            "no trainer is at work on run %s: there is nothing to %s"
                .formatted(newest.getRun(), verb));
      }
      Command command = Orders.of(newest, order.action, reason);
      Orders.send(access.cluster(), command);
      output.result(
          "run %s, epoch %d: %s is ordered; a trainer at work obeys before its next step"
              .formatted(command.getRun(), command.getEpoch(), verb),
          Map.of(
              "run", command.getRun(),
              "epoch", command.getEpoch(),
              "action", command.getAction().name()));
    }
    return ExitCode.OK;
  }
}
