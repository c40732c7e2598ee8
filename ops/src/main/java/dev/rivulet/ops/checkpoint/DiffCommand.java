package dev.rivulet.ops.checkpoint;

import dev.rivulet.ops.broker.KafkaAccess;
import dev.rivulet.ops.cli.ExitCode;
import dev.rivulet.ops.cli.OutputOptions;
import dev.rivulet.ops.config.RunConfig;
import dev.rivulet.schemas.checkpoint.CheckpointLog;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The {@code checkpoints diff} command: what sets two checkpoints apart. */
@Command(
    name = "diff",
    description = "Compare two checkpoints of a run: settings, position, metrics, ranks, tensors.")
final class DiffCommand implements Callable<Integer> {
  @Mixin RunChoice choice;
  @Mixin OutputOptions output;

  @Parameters(index = "0", paramLabel = "A", description = "Name of a checkpoint.")
  String first;

  @Parameters(index = "1", paramLabel = "B", description = "Name of another one.")
  String second;

  @Override
  public Integer call() {
    Optional<RunConfig> config = choice.config();
    try (KafkaAccess access = choice.open(config)) {
      CheckpointLog log = choice.log(access.cluster(), config);
      CheckpointDiff diff = CheckpointDiff.of(log, log.get(first), log.get(second));
      output.result(diff.text(), diff.fields());
    }
    return ExitCode.OK;
  }
}
