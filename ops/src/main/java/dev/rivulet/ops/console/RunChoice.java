package dev.rivulet.ops.console;

import dev.rivulet.ops.broker.KafkaAccess;
import dev.rivulet.ops.broker.KafkaSettings;
import dev.rivulet.ops.config.RunConfig;
import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.checkpoint.RunNames;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.topic.KafkaCluster;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedSet;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that select a run of the log. */
public final class RunChoice {
  @Mixin ClusterOptions kafka;

  @Option(
      names = "--run",
      paramLabel = "RUN",
      description =
          "Name of the run. Default: that of the configuration, or the only run of the log")
  public @Nullable String run;

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description = "The run's configuration, for its Kafka or its base model.")
  public @Nullable Path file;

  /** Reads the configuration, if the option is given. */
  public Optional<RunConfig> config() {
    return Optional.ofNullable(file).map(RunConfig::load);
  }

  /**
   * Connects to the Kafka of the options and a configuration, and checks that it has the topics.
   */
  public KafkaAccess open(Optional<RunConfig> config) {
    KafkaAccess access = kafka.open(config.map(RunConfig::kafka).orElse(KafkaSettings.DEFAULT));
    try (Admin admin = access.cluster().admin()) {
      access.cluster().requireTopics(admin);
      return access;
    } catch (RuntimeException e) {
      access.close();
      throw e;
    }
  }

  /**
   * Returns the name of the selected run.
   *
   * @throws UsageException when the run has no checkpoint, or the options select no single run
   */
  public String name(KafkaCluster cluster, Optional<RunConfig> config) {
    SortedSet<String> runs = RunNames.read(cluster);
    String name = run == null ? config.map(known -> known.trainer().run()).orElse(null) : run;
    if (name == null && runs.size() != 1) {
      throw new UsageException(
          runs.isEmpty()
              ? "no run has a checkpoint yet"
              : "the log has several runs: use --run with one of %s".formatted(runs));
    } else if (name != null && !runs.contains(name)) {
      throw new UsageException(
          "run %s has no checkpoint; runs with checkpoints: %s".formatted(name, runs));
    }
    return name == null ? runs.first() : name;
  }

  /**
   * Reads the checkpoints of the selected run.
   *
   * @throws UsageException when the run has none, or the options select no single run
   */
  public CheckpointLog log(KafkaCluster cluster, Optional<RunConfig> config) {
    return CheckpointLog.read(cluster, name(cluster, config));
  }

  /**
   * Returns a run's newest checkpoint.
   *
   * @throws UsageException when the run has no sound checkpoint
   */
  public static Manifest newest(CheckpointLog log) {
    return log.newest()
        .orElseThrow(
            () ->
                new UsageException(
                    "run %s has no sound checkpoint: `rivulet verify --run %s` lists the damage"
                        .formatted(log.run(), log.run())));
  }
}
