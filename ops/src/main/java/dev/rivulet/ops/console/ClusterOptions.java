package dev.rivulet.ops.console;

import dev.rivulet.ops.broker.KafkaAccess;
import dev.rivulet.ops.broker.KafkaSettings;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say which Kafka a command works with. They override the configuration's. */
public final class ClusterOptions {
  @Option(
      names = "--home",
      paramLabel = "DIR",
      defaultValue = ".rivulet",
      description = "Where data is kept between runs. Default: ${DEFAULT-VALUE}")
  Path home;

  @Option(
      names = "--kafka",
      paramLabel = "HOST:PORT",
      description = "A Kafka cluster. Default: a broker inside this program, its data under DIR.")
  @Nullable String address;

  @Option(
      names = "--kafka-config",
      paramLabel = "FILE",
      description = "Properties passed to every Kafka client untouched, such as SASL and TLS.")
  @Nullable Path clientSettings;

  @Option(
      names = "--prefix",
      paramLabel = "PREFIX",
      description = "What topic names begin with. Default: rivulet.")
  @Nullable String prefix;

  /** Returns the folder that data is kept in between runs. */
  public Path home() {
    return home;
  }

  /** Reaches the Kafka of the options, through another process's broker where there is one. */
  public KafkaAccess open() {
    return open(KafkaSettings.DEFAULT);
  }

  /** Reaches the Kafka of some settings, which the options override. */
  public KafkaAccess open(KafkaSettings settings) {
    return KafkaAccess.open(settings(settings), home);
  }

  /** Does as {@link #open(KafkaSettings)}, but has the home folder to itself. */
  public KafkaAccess openAlone(KafkaSettings settings) {
    return KafkaAccess.openAlone(settings(settings), home);
  }

  /** Returns some settings with the options over them. */
  public KafkaSettings settings(KafkaSettings settings) {
    return new KafkaSettings(
        Optional.ofNullable(address).or(settings::address),
        Optional.ofNullable(clientSettings).or(settings::clientSettings),
        prefix == null ? settings.prefix() : prefix,
        settings.port());
  }
}
