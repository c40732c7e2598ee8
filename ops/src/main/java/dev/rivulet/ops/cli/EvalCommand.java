package dev.rivulet.ops.cli;

import dev.rivulet.ops.broker.KafkaAccess;
import dev.rivulet.ops.config.RunConfig;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.trainer.loop.CheckpointModel;
import dev.rivulet.trainer.loop.HeldOut;
import dev.rivulet.trainer.loop.Metric;
import dev.rivulet.trainer.loop.TrainerConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The {@code eval} command: the scores of a run's model at a checkpoint. */
@Command(
    name = "eval",
    description = "Score a run's model, at one of its checkpoints, on its held-out batches.",
    footer = "It also works while the run goes on.")
final class EvalCommand implements Callable<Integer> {
  @Mixin RunOptions run;
  @Mixin OutputOptions output;

  @Option(
      names = "--checkpoint",
      paramLabel = "ID",
      description = "Name of the checkpoint, such as 0-000100. Default: the newest")
  @Nullable String checkpoint;

  @Override
  public Integer call() {
    RunConfig config = run.config();
    try (KafkaAccess access = run.kafka.open(config.kafka())) {
      KafkaCluster cluster = access.cluster();
      try (Admin admin = cluster.admin()) {
        cluster.requireTopics(admin);
      }
      TrainerConfig trainer = config.trainer();
      HeldOut heldOut = HeldOut.read(cluster, trainer.stream());
      if (heldOut.batches().isEmpty()) {
        throw new IllegalStateException(
            "stream %s has no held-out batches: no sample is of the split eval, and data.evalShare gives none"
                .formatted(trainer.stream()));
      }
      try (CheckpointModel opened = CheckpointModel.open(cluster, trainer, checkpoint)) {
        Manifest manifest = opened.manifest().orElseThrow();
        tell(manifest, heldOut.scores(opened.model(), manifest.getLabels().size()));
      }
    }
    return ExitCode.OK;
  }

  private void tell(Manifest manifest, Map<String, Double> scores) {
    Map<String, Double> ordered = new LinkedHashMap<>();
    List<List<?>> rows = new ArrayList<>();
    for (Metric metric : Metric.values()) {
      Double score = scores.get(metric.key());
      if (score != null) {
        ordered.put(metric.key(), score);
        rows.add(List.of(metric.key(), text(metric, score)));
      }
    }
    output.result(
        "run %s, checkpoint %s, step %d%n%s"
            .formatted(
                manifest.getRun(),
                manifest.getCheckpoint(),
                manifest.getStep(),
                new TextTable(List.of("metric", "value"), rows)),
        Map.of(
            "run", manifest.getRun(),
            "checkpoint", manifest.getCheckpoint(),
            "step", manifest.getStep(),
            "metrics", ordered));
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
