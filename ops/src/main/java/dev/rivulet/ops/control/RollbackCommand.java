package dev.rivulet.ops.control;

import dev.rivulet.ops.broker.KafkaAccess;
import dev.rivulet.ops.config.RunConfig;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.ops.console.OutputOptions;
import dev.rivulet.ops.console.RunChoice;
import dev.rivulet.ops.orders.BatchRange;
import dev.rivulet.ops.orders.Order;
import dev.rivulet.ops.orders.PlacedOrder;
import dev.rivulet.ops.orders.RunOrders;
import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.Command;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.version.Snapshots;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code rollback} command: returns a run to one of its checkpoints. */
@picocli.CommandLine.Command(
    name = "rollback",
    description = "Return a run to one of its checkpoints, and train from there.",
    footer = {
      "The command reads and verifies the checkpoint first. A running trainer rolls back before"
          + " its",
      "next step. Without one, the order stands, and the run's next trainer carries it out first."
          + " A",
      "finished run trains again from the checkpoint. Nothing is deleted: the superseded steps and",
      "checkpoints stay in the log."
    })
public final class RollbackCommand implements Callable<Integer> {
  @Spec CommandSpec spec;
  @Mixin RunChoice choice;
  @Mixin OutputOptions output;
  @Mixin OriginOptions origin;

  @Option(
      names = "--to",
      required = true,
      paramLabel = "ID",
      description = "Name of the checkpoint, such as 0-000100.")
  String target;

  @Option(
      names = "--skip",
      paramLabel = "FROM-TO",
      description = "Batches to skip from now on, by their first and last offset; repeatable.")
  List<String> skips = new ArrayList<>();

  @Option(
      names = "--learning-rate-scale",
      paramLabel = "X",
      defaultValue = "1",
      description =
          "Factor on the learning rate from now on, multiplied with earlier ones."
              + " Default: ${DEFAULT-VALUE}")
  double learningRateScale;

  @Option(
      names = "--wait",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = "How long to wait for the trainer. Default: ${DEFAULT-VALUE}")
  int waitSeconds;

  @Override
  public Integer call() throws InterruptedException {
    Order.Rollback order = order();
    Optional<RunConfig> config = choice.config();
    try (KafkaAccess access = choice.open(config)) {
      KafkaCluster cluster = access.cluster();
      CheckpointLog log = choice.log(cluster, config);
      Snapshots snapshots = Snapshots.read(cluster, log.run(), output::warn);
      RunOrders orders = new RunOrders(cluster, log, !access.embedsBroker());
      PlacedOrder placed = orders.place(order, snapshots, origin.origin());
      Optional<Manifest> next =
          placed.awaitsStart()
              ? Optional.empty()
              : orders.awaitNextEpoch(placed, Duration.ofSeconds(waitSeconds));
      report(placed, next);
      return placed.awaitsStart() || next.filter(RollbackCommand::isRollback).isPresent()
          ? ExitCode.OK
          : ExitCode.FAILED;
    }
  }

  private Order.Rollback order() {
    try {
      return new Order.Rollback(
          target, skips.stream().map(BatchRange::parse).toList(), learningRateScale);
    } catch (UsageException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private void report(PlacedOrder placed, Optional<Manifest> next) {
    Command command = placed.command();
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("run", command.getRun());
    fields.put("from", placed.newest().getCheckpoint());
    fields.put("to", command.getCheckpoint());
    fields.put("epoch", command.getEpoch());
    fields.put("done", next.filter(RollbackCommand::isRollback).isPresent());
    fields.put("next", next.map(Manifest::getCheckpoint).orElse(null));
    output.result(text(placed, next), fields);
  }

  private String text(PlacedOrder placed, Optional<Manifest> next) {
    String run = placed.command().getRun();
    if (next.isPresent()) {
      Manifest opened = next.get();
      return isRollback(opened)
          ? "run %s was at step %d and resumes from step %d: checkpoint %s, from %s"
              .formatted(
                  run,
                  placed.newest().getStep(),
                  opened.getStep(),
                  opened.getCheckpoint(),
                  opened.getParent())
          : "run %s was restarted meanwhile, without the rollback: order the rollback again"
              .formatted(run);
    }
    String standing =
        "the rollback to %s stands, and the next `rivulet train` or `rivulet up` carries it out"
            .formatted(placed.command().getCheckpoint());
    if (!placed.awaitsStart()) {
      return "run %s has not rolled back within %d s: if a trainer runs, `rivulet runs` shows its state; if none runs, %s"
          .formatted(run, waitSeconds, standing);
    }
    return placed.newest().getCause() == Cause.FINISH
        ? "run %s has finished: %s".formatted(run, standing)
        : "no trainer runs on run %s: %s".formatted(run, standing);
  }

  private static boolean isRollback(Manifest manifest) {
    return manifest.getCause() == Cause.ROLLBACK;
  }
}
