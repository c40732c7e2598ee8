package dev.rivulet.ops.console;

import dev.rivulet.ops.broker.KafkaAccess;
import dev.rivulet.ops.broker.KafkaSettings;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that select the Kafka of a command. They override the configuration. */
public final class ClusterOptions {
  @Option(
      names = "--home",
      paramLabel = "DIR",
      defaultValue = ".rivulet",
      description = "Directory of the data that is kept. Default: ${DEFAULT-VALUE}")
  Path home;

  @Option(
      names = "--kafka",
      paramLabel = "HOST:PORT",
      description =
          "A Kafka cluster. Default: a broker inside this program, with its data under DIR.")
  @Nullable String address;

  @Option(
      names = "--kafka-config",
      paramLabel = "FILE",
      description = "Properties for every Kafka client, such as SASL and TLS settings.")
  @Nullable Path clientSettings;

  @Option(
      names = "--prefix",
      paramLabel = "PREFIX",
      description = "Prefix of all topic names. Default: rivulet.")
  @Nullable String prefix;

  /** Returns the directory of the data that is kept. */
  public Path home() {
    return home;
  }

  /** Connects to the Kafka of the options, or to the broker that another process runs there. */
  public KafkaAccess open() {
    return open(KafkaSettings.DEFAULT);
  }

  /** Connects to the Kafka of some settings, which the options override. */
  public KafkaAccess open(KafkaSettings settings) {
    return KafkaAccess.open(settings(settings), home);
  }

  /** Connects as {@link #open(KafkaSettings)}, but never to another process's broker. */
  public KafkaAccess openAlone(KafkaSettings settings) {
    return KafkaAccess.openAlone(settings(settings), home);
  }

  /** Returns the settings, overridden by the options. */
  public KafkaSettings settings(KafkaSettings settings) {
    return new KafkaSettings(
        Optional.ofNullable(address).or(settings::address),
        Optional.ofNullable(clientSettings).or(settings::clientSettings),
        prefix == null ? settings.prefix() : prefix,
        settings.port());
  }
}
