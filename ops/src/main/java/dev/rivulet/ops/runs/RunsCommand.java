package dev.rivulet.ops.runs;

import dev.rivulet.ops.broker.KafkaAccess;
import dev.rivulet.ops.console.ClusterOptions;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.ops.console.OutputOptions;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.Step;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.TopicReader;
import dev.rivulet.schemas.topic.Topics;
import dev.rivulet.trainer.eval.Metric;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.SerializationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The {@code runs} command: lists the runs with their state. */
@Command(name = "runs", description = "List the runs with their newest step and scores.")
public final class RunsCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(RunsCommand.class);
  private static final List<String> HEADINGS =
      List.of(
          "run",
          "method",
          "epoch",
          "step",
          "steps",
          "loss",
          "accuracy",
          "perplexity",
          "checkpoints",
          "updated");

  @Mixin ClusterOptions kafka;
  @Mixin OutputOptions output;

  /** The state of a run in the log. */
  private static final class State {
    private String method = "";
    private int epoch;
    private long step;
    private @Nullable Long totalSteps;
    private @Nullable Double loss;
    private @Nullable Double accuracy;
    private @Nullable Double perplexity;
    private @Nullable Object updated;
    private int checkpoints;

    void accept(Step newest) {
      method = newest.getMethod();
      epoch = newest.getEpoch();
      step = newest.getStep();
      totalSteps = newest.getTotalSteps();
      loss = newest.getLoss();
      updated = newest.getTimestamp();
      Map<String, Double> metrics = newest.getMetrics();
      if (metrics != null) {
        accuracy = metrics.getOrDefault(Metric.ACCURACY.key(), accuracy);
        perplexity = metrics.getOrDefault(Metric.PERPLEXITY.key(), perplexity);
      }
    }

    void accept(Manifest checkpoint) {
      checkpoints++;
      if (updated == null) {
        method = checkpoint.getMethod();
        epoch = checkpoint.getEpoch();
        step = checkpoint.getStep();
      }
    }

    List<?> row(String run) {
      return Arrays.asList(
          run,
          method,
          epoch,
          step,
          totalSteps,
          loss,
          accuracy,
          perplexity,
          checkpoints,
          updated == null ? null : updated.toString());
    }
  }

  @Override
  public Integer call() {
    Map<String, State> runs = new TreeMap<>();
    try (KafkaAccess access = kafka.open()) {
      KafkaCluster cluster = access.cluster();
      try (Admin admin = cluster.admin()) {
        cluster.requireTopics(admin);
      }
      try (KafkaConsumer<String, byte[]> consumer = cluster.consumer("rivulet-runs")) {
        TopicReader.forEach(
            cluster,
            consumer,
            Topics.STEPS,
            (record, step) -> state(runs, step.getRun()).accept(step));
        TopicReader.forEachSound(
            consumer,
            cluster.name(Topics.CHECKPOINTS),
            record -> accept(runs, record),
            unreadable -> LOG.warn("skipped: {}", unreadable));
      }
    }
    List<List<?>> rows = new ArrayList<>();
    runs.forEach((run, state) -> rows.add(state.row(run)));
    output.table(HEADINGS, rows);
    return ExitCode.OK;
  }

  private static void accept(Map<String, State> runs, ConsumerRecord<String, byte[]> record) {
    if (record.value() == null) {
      return;
    }
    try {
      Manifest manifest = Topics.CHECKPOINTS.decode(record);
      state(runs, manifest.getRun()).accept(manifest);
    } catch (SerializationException e) {
      LOG.warn("skipped a checkpoint: {}", e.getMessage());
    }
  }

  private static State state(Map<String, State> runs, String run) {
    return runs.computeIfAbsent(run, key -> new State());
  }
}
