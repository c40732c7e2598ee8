package dev.rivulet.ops.checkpoint;

import dev.rivulet.ops.broker.KafkaAccess;
import dev.rivulet.ops.config.RunConfig;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.ops.console.OutputOptions;
import dev.rivulet.ops.console.RunChoice;
import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.version.Snapshots;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The {@code checkpoints diff} command: compares two checkpoints. */
@Command(
    name = "diff",
    description = "Compare two checkpoints of a run: settings, position, metrics, ranks, tensors.",
    footer = "With -c, it also folds both versions and compares every weight.")
final class DiffCommand implements Callable<Integer> {
  @Mixin RunChoice choice;
  @Mixin OutputOptions output;

  @Parameters(index = "0", paramLabel = "A", description = "Name of a checkpoint.")
  String first;

  @Parameters(index = "1", paramLabel = "B", description = "Name of another checkpoint.")
  String second;

  @Override
  public Integer call() throws IOException {
    Optional<RunConfig> config = choice.config();
    try (KafkaAccess access = choice.open(config)) {
      CheckpointLog log = choice.log(access.cluster(), config);
      CheckpointDiff diff = CheckpointDiff.of(log, log.get(first), log.get(second));
      if (config.isEmpty()) {
        output.result(diff.text(), diff.fields());
        return ExitCode.OK;
      }
      Snapshots snapshots = Snapshots.read(access.cluster(), log.run(), output::warn);
      List<WeightChange> changes =
          WeightChange.between(
              access.cluster(),
              config.get().trainer().model().path(),
              log,
              snapshots,
              diff.a(),
              diff.b());
      Map<String, @Nullable Object> fields = diff.fields();
      fields.put("changes", changes.stream().map(WeightChange::fields).toList());
      output.result(
          "%s%n%nweights%n%s".formatted(diff.text(), WeightChange.table(changes)), fields);
    }
    return ExitCode.OK;
  }
}
