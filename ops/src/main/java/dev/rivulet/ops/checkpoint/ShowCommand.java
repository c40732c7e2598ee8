package dev.rivulet.ops.checkpoint;

import dev.rivulet.ops.broker.KafkaAccess;
import dev.rivulet.ops.config.RunConfig;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.ops.console.OutputOptions;
import dev.rivulet.ops.console.RunChoice;
import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.record.Manifest;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The {@code checkpoints show} command: shows the contents of one checkpoint. */
@Command(
    name = "show",
    description = "Show a checkpoint: its lineage, and the places of its tensors.")
final class ShowCommand implements Callable<Integer> {
  @Mixin RunChoice choice;
  @Mixin OutputOptions output;

  @Parameters(
      arity = "0..1",
      paramLabel = "ID",
      description = "Name of the checkpoint, such as 0-000100. Default: the newest")
  @Nullable String checkpoint;

  @Override
  public Integer call() {
    Optional<RunConfig> config = choice.config();
    try (KafkaAccess access = choice.open(config)) {
      CheckpointLog log = choice.log(access.cluster(), config);
      Manifest manifest = checkpoint == null ? RunChoice.newest(log) : log.get(checkpoint);
      CheckpointDetails details = CheckpointDetails.of(log, manifest);
      output.result(details.text(), details.fields());
    }
    return ExitCode.OK;
  }
}
