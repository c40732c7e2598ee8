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

/** The options that say which run of the log a command looks at. */
public final class RunChoice {
  @Mixin ClusterOptions kafka;

  @Option(
      names = "--run",
      paramLabel = "RUN",
      description = "Name of the run. Default: the configuration's, or the only one there is")
  public @Nullable String run;

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description = "The run's configuration, where its Kafka or base model is wanted.")
  public @Nullable Path file;

  /** Reads the configuration, where one is given. */
  public Optional<RunConfig> config() {
    return Optional.ofNullable(file).map(RunConfig::load);
  }

  /** Reaches the Kafka of the options and of a configuration, and checks that it has the topics. */
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
   * Returns the name of the run that is meant.
   *
   * @throws UsageException when it has no checkpoint, or several runs may be meant
   */
  public String name(KafkaCluster cluster, Optional<RunConfig> config) {
    SortedSet<String> runs = RunNames.read(cluster);
    String name = run == null ? config.map(known -> known.trainer().run()).orElse(null) : run;
    if (name == null && runs.size() != 1) {
      throw new UsageException(
          runs.isEmpty()
              ? "no run has a checkpoint yet"
              : "which run? name one of %s by --run".formatted(runs));
    } else if (name != null && !runs.contains(name)) {
      throw new UsageException(
          "run %s has no checkpoint; runs that have some: %s".formatted(name, runs));
    }
    return name == null ? runs.first() : name;
  }

  /**
   * Reads the checkpoints of the run that is meant.
   *
   * @throws UsageException when it has none, or several runs may be meant
   */
  public CheckpointLog log(KafkaCluster cluster, Optional<RunConfig> config) {
    return CheckpointLog.read(cluster, name(cluster, config));
  }

  /**
   * Returns a run's newest checkpoint.
   *
   * @throws UsageException when none of them can be used
   */
  public static Manifest newest(CheckpointLog log) {
    return log.newest()
        .orElseThrow(
            () ->
                new UsageException(
                    "run %s has no sound checkpoint: `rivulet verify --run %s` tells what is damaged"
                        .formatted(log.run(), log.run())));
  }
}
