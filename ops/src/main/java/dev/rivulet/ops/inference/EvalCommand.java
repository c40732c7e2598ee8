package dev.rivulet.ops.inference;

import dev.rivulet.ops.broker.KafkaAccess;
import dev.rivulet.ops.config.RunConfig;
import dev.rivulet.ops.console.CheckpointOption;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.ops.console.OutputOptions;
import dev.rivulet.ops.console.RunOptions;
import dev.rivulet.ops.console.TextTable;
import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.trainer.checkpoint.CheckpointModel;
import dev.rivulet.trainer.config.TrainerConfig;
import dev.rivulet.trainer.eval.HeldOut;
import dev.rivulet.trainer.eval.Metric;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code eval} command: the scores of a run's model at a checkpoint. */
@Command(
    name = "eval",
    description = "Score a run's model, at one of its checkpoints, on its held-out batches.",
    footer = "It works while the run trains, too.")
public final class EvalCommand implements Callable<Integer> {
  @Spec CommandSpec spec;
  @Mixin RunOptions run;
  @Mixin CheckpointOption checkpoint;
  @Mixin OutputOptions output;

  @Option(
      names = "--adapter",
      paramLabel = "DIR",
      description = "Score the base model with this PEFT adapter instead.")
  @Nullable Path adapter;

  @Override
  public Integer call() {
    if (adapter != null && checkpoint.name() != null) {
      throw new ParameterException(
          spec.commandLine(), "--adapter and --checkpoint: use one of them at most");
    }
    RunConfig config = run.config();
    try (KafkaAccess access = run.kafka.open(config.kafka())) {
      KafkaCluster cluster = access.cluster();
      try (Admin admin = cluster.admin()) {
        cluster.requireTopics(admin);
      }
      TrainerConfig trainer = config.trainer();
      HeldOut heldOut = HeldOut.read(cluster, trainer.stream());
      if (heldOut.batches().isEmpty()) {
        throw new RunException(
            "stream %s has no held-out batches: add samples of the split eval, or set data.evalShare"
                .formatted(trainer.stream()));
      }
      try (CheckpointModel opened =
          adapter == null
              ? CheckpointModel.open(cluster, trainer, checkpoint.name())
              : CheckpointModel.adapted(trainer, adapter)) {
        print(
            trainer.run(),
            opened.manifest(),
            heldOut.scores(opened.model(), trainer.model().labels().size()));
      }
    }
    return ExitCode.OK;
  }

  private void print(String name, Optional<Manifest> manifest, Map<String, Double> scores) {
    Map<String, Double> ordered = new LinkedHashMap<>();
    List<List<?>> rows = new ArrayList<>();
    for (Metric metric : Metric.values()) {
      Double score = scores.get(metric.key());
      if (score != null) {
        ordered.put(metric.key(), score);
        rows.add(List.of(metric.key(), text(metric, score)));
      }
    }
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("run", name);
    fields.put("checkpoint", manifest.map(Manifest::getCheckpoint).orElse(null));
    fields.put("step", manifest.map(Manifest::getStep).orElse(null));
    fields.put("adapter", adapter == null ? null : adapter.toString());
    fields.put("metrics", ordered);
    String what =
        manifest
            .map(it -> "checkpoint %s, step %d".formatted(it.getCheckpoint(), it.getStep()))
            .orElse("base model with " + adapter);
    output.result(
        "run %s, %s%n%s".formatted(name, what, new TextTable(List.of("metric", "value"), rows)),
        fields);
  }

  private static String text(Metric metric, double score) {
    return switch (metric) {
      case EVAL_ROWS, EVAL_TOKENS -> String.format(Locale.ROOT, "%,.0f", score);
      case ACCURACY, F1, MCC, TOKEN_ACCURACY, EVAL_LOSS ->
          String.format(Locale.ROOT, "%.4f", score);
      case PERPLEXITY -> String.format(Locale.ROOT, "%.2f", score);
    };
  }
}
