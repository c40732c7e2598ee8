package dev.rivulet.ops.checkpoint;

import dev.rivulet.ops.broker.KafkaAccess;
import dev.rivulet.ops.config.RunConfig;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.ops.console.OutputOptions;
import dev.rivulet.ops.console.RunChoice;
import dev.rivulet.rankmonitor.MonitorConfig;
import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.record.Step;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.TopicReader;
import dev.rivulet.schemas.topic.Topics;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The {@code checkpoints} command: lists the checkpoints of a run. */
@Command(
    name = "checkpoints",
    description = "List a run's checkpoints, show one, or compare two.",
    subcommands = {ShowCommand.class, DiffCommand.class},
    footer = {
      "New bytes were written with the checkpoint. Whole bytes are what a resume from it reads. A",
      "checkpoint is stable when enough steps after it raised no alarm (monitor.stableAfter of the",
      "configuration, if given). It is superseded when the run rolled back to an older one."
    })
public final class CheckpointsCommand implements Callable<Integer> {
  @Mixin RunChoice choice;
  @Mixin OutputOptions output;

  @Override
  public Integer call() {
    Optional<RunConfig> config = choice.config();
    try (KafkaAccess access = choice.open(config)) {
      CheckpointLog log = choice.log(access.cluster(), config);
      CheckpointTable table =
          CheckpointTable.of(
              log,
              steps(access.cluster(), log.run()),
              config.map(RunConfig::monitor).orElse(MonitorConfig.DEFAULT).stability());
      if (output.json()) {
        table.rows().forEach(row -> output.value(CheckpointTable.fields(row)));
      } else {
        output.text(table.text().toString());
      }
    }
    return ExitCode.OK;
  }

  private static List<Step> steps(KafkaCluster cluster, String run) {
    List<Step> steps = new ArrayList<>();
    try (KafkaConsumer<String, byte[]> consumer = cluster.consumer("rivulet-checkpoints")) {
      TopicReader.forEach(
          cluster,
          consumer,
          Topics.STEPS,
          (record, step) -> {
            if (step.getRun().equals(run)) {
              steps.add(step);
            }
          });
    }
    return steps;
  }
}
