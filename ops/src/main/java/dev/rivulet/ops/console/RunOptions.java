package dev.rivulet.ops.console;

import dev.rivulet.ops.broker.KafkaAccess;
import dev.rivulet.ops.config.RunConfig;
import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.failure.UsageException;
import java.nio.file.Path;
import org.apache.kafka.clients.admin.Admin;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of commands that work on a configured run. */
public final class RunOptions {
  public @Mixin ClusterOptions kafka;

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      required = true,
      description = "The run's configuration, YAML; 'rivulet config' lists the keys.")
  Path file;

  /** Reads the configuration. */
  public RunConfig config() {
    return RunConfig.load(file);
  }

  /**
   * Connects to the Kafka of a configuration, which the options override.
   *
   * @throws UsageException when topics are missing
   * @throws RunException when no broker answers
   */
  public KafkaAccess open(RunConfig config) {
    KafkaAccess access = kafka.open(config.kafka());
    try (Admin admin = access.cluster().admin()) {
      access.cluster().requireTopics(admin);
      return access;
    } catch (RuntimeException e) {
      access.close();
      throw e;
    }
  }
}
