package dev.rivulet.ops.control;

import dev.rivulet.ops.broker.KafkaAccess;
import dev.rivulet.ops.config.RunConfig;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.ops.console.OutputOptions;
import dev.rivulet.ops.console.RunChoice;
import dev.rivulet.ops.orders.Orders;
import dev.rivulet.ops.orders.RollbackTarget;
import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.record.Action;
import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.Command;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.SkipRange;
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

/** The {@code rollback} command: a run's way back to one of its checkpoints. */
@picocli.CommandLine.Command(
    name = "rollback",
    description = "Take a run back to one of its checkpoints, from where it goes on.",
    footer = {
      "The checkpoint is read and checked first. A trainer at work goes back before its next step;",
      "without one, the order stands, and the run's next trainer begins with it. A run that has",
      "finished is trained on again from the checkpoint. Nothing is deleted: the steps that are",
      "taken back stay in the log, and so do their checkpoints."
    })
public final class RollbackCommand implements Callable<Integer> {
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);

  @Spec CommandSpec spec;
  @Mixin RunChoice choice;
  @Mixin OutputOptions output;

  @Option(
      names = "--to",
      required = true,
      paramLabel = "ID",
      description = "Name of the checkpoint, such as 0-000100.")
  String target;

  @Option(
      names = "--skip",
      paramLabel = "FROM-TO",
      description = "Batches to pass over from now on, by their first and last offset; repeatable.")
  List<String> skips = new ArrayList<>();

  @Option(
      names = "--learning-rate-scale",
      paramLabel = "X",
      defaultValue = "1",
      description = "Factor on the learning rate from now on, over earlier ones. Default: 1")
  double learningRateScale;

  @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for the log.")
  @Nullable String reason;

  @Option(
      names = "--wait",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = "How long to wait until the trainer has done it. Default: ${DEFAULT-VALUE}")
  int waitSeconds;

  @Override
  public Integer call() throws InterruptedException {
    if (!(learningRateScale > 0 && Double.isFinite(learningRateScale))) {
      throw wrong("--learning-rate-scale %s: use a number above 0".formatted(learningRateScale));
    }
    Optional<RunConfig> config = choice.config();
    try (KafkaAccess access = choice.open(config)) {
      KafkaCluster cluster = access.cluster();
      CheckpointLog log = choice.log(cluster, config);
      Manifest to = log.get(target);
      List<SkipRange> ranges = skips.stream().map(skip -> range(to, skip)).toList();
      Snapshots snapshots = Snapshots.read(cluster, log.run(), output::warn);
      RollbackTarget.requireSound(cluster, log, snapshots, to);
      Manifest newest = RunChoice.newest(log);
      Command order =
          Command.newBuilder(Orders.of(newest, Action.ROLLBACK, reason))
              .setCheckpoint(to.getCheckpoint())
              .setSkip(ranges)
              .setLearningRateScale(learningRateScale)
              .build();
      Orders.send(cluster, order);
      boolean idle = newest.getCause() == Cause.FINISH || access.embedsBroker();
      Optional<Manifest> next = idle ? Optional.empty() : next(cluster, order);
      tell(order, newest, idle, next);
      return idle || next.filter(it -> it.getCause() == Cause.ROLLBACK).isPresent()
          ? ExitCode.OK
          : ExitCode.FAILED;
    }
  }

  /** Waits for the first checkpoint of the epoch after the order's. */
  private Optional<Manifest> next(KafkaCluster cluster, Command order) throws InterruptedException {
    long deadline = System.nanoTime() + Duration.ofSeconds(waitSeconds).toNanos();
    while (true) {
      Optional<Manifest> next =
          CheckpointLog.read(cluster, order.getRun()).manifests().values().stream()
              .filter(manifest -> manifest.getEpoch() > order.getEpoch())
              .min(CheckpointLog.HISTORY);
      if (next.isPresent() || System.nanoTime() > deadline) {
        return next;
      }
      Thread.sleep(BETWEEN_LOOKS.toMillis());
    }
  }

  private void tell(Command order, Manifest newest, boolean idle, Optional<Manifest> next) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("run", order.getRun());
    fields.put("from", newest.getCheckpoint());
    fields.put("to", order.getCheckpoint());
    fields.put("epoch", order.getEpoch());
    fields.put("done", next.filter(it -> it.getCause() == Cause.ROLLBACK).isPresent());
    fields.put("next", next.map(Manifest::getCheckpoint).orElse(null));
    output.result(text(order, newest, idle, next), fields);
  }

  private String text(Command order, Manifest newest, boolean idle, Optional<Manifest> next) {
    String run = order.getRun();
    if (next.isPresent() && next.get().getCause() == Cause.ROLLBACK) {
      Manifest now = next.get();
      return "run %s was at step %d and goes on from step %d: checkpoint %s, from %s"
          .formatted(run, newest.getStep(), now.getStep(), now.getCheckpoint(), now.getParent());
    } else if (next.isPresent()) {
      return "run %s was started again meanwhile, without the rollback: ask once more"
          .formatted(run);
    }
    String standing =
        "the rollback to %s stands, and begins the run's next start (`rivulet train` or `up`)"
            .formatted(order.getCheckpoint());
    return idle
        ? "no trainer is at work on run %s%s: %s"
            .formatted(
                run, newest.getCause() == Cause.FINISH ? ", which has finished" : "", standing)
        : "run %s has not gone back within %d s: with a trainer at work, ask `rivulet runs` what it does; without one, %s"
            .formatted(run, waitSeconds, standing);
  }

  private SkipRange range(Manifest to, String skip) {
    if (!skip.matches("\\d{1,18}-\\d{1,18}")) {
      throw wrong("--skip %s: use two offsets, such as 120-135".formatted(skip));
    }
    String[] ends = skip.split("-", 2);
    long first = Long.parseLong(ends[0]);
    long last = Long.parseLong(ends[1]);
    if (first > last) {
      throw wrong("--skip %s: the first offset is behind the last".formatted(skip));
    }
    if (to.getOffsets().size() != 1) {
      throw wrong(
          "--skip %s: the run reads %d partitions, and offsets do not tell them apart"
              .formatted(skip, to.getOffsets().size()));
    }
    return new SkipRange(
        to.getOffsets().get(0).getTopic(), to.getOffsets().get(0).getPartition(), first, last + 1);
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
