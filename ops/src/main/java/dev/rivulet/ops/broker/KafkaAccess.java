package dev.rivulet.ops.broker;

import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.trainer.log.LogRoom;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/**
 * The Kafka that a program works with, for as long as it works: a real cluster, a broker embedded
 * for the purpose, or the one that another process has embedded in the same home folder.
 *
 * <p>An embedded broker gets the topics that it lacks. On a real cluster they are the user's to
 * create.
 */
public final class KafkaAccess implements AutoCloseable {
  private static final int ANSWER_MILLIS = 10_000;

  private final KafkaCluster cluster;
  private final LogRoom room;
  private final @Nullable EmbeddedBroker broker;

  private KafkaAccess(KafkaCluster cluster, LogRoom room, @Nullable EmbeddedBroker broker) {
    this.cluster = cluster;
    this.room = room;
    this.broker = broker;
  }

  /**
   * Reaches the cluster of the settings or, when they name none, the broker of the home folder:
   * another process's if there is one, otherwise a new one.
   *
   * @throws RunException when the cluster does not answer or no broker can be started
   * @throws UsageException when a file cannot be read or written
   */
  public static KafkaAccess open(KafkaSettings settings, Path home) {
    if (settings.address().isPresent()) {
      return new KafkaAccess(
          answering(cluster(settings, settings.address().get())), LogRoom.ELSEWHERE, null);
    }
    try {
      return embed(settings, home);
    } catch (DirectoryInUseException e) {
      String address = e.bootstrapServers();
      if (address == null) {
        throw e;
      }
      return new KafkaAccess(
          answering(cluster(settings, address)), new DiskRoom(directory(home)), null);
    }
  }

  /**
   * Does as {@link #open}, but never joins another process's broker.
   *
   * @throws DirectoryInUseException when another process uses the home folder
   */
  public static KafkaAccess openAlone(KafkaSettings settings, Path home) {
    return settings.address().isPresent() ? open(settings, home) : embed(settings, home);
  }

  private static KafkaAccess embed(KafkaSettings settings, Path home) {
    EmbeddedBroker broker = EmbeddedBroker.start(directory(home), settings.port());
    try {
      KafkaCluster cluster = cluster(settings, broker.bootstrapServers());
      try (Admin admin = cluster.admin()) {
        cluster.createMissingTopics(admin);
      }
      return new KafkaAccess(cluster, new DiskRoom(directory(home)), broker);
    } catch (RuntimeException e) {
      broker.close();
      throw e;
    }
  }

  private static Path directory(Path home) {
    return home.resolve("kafka");
  }

  private static KafkaCluster cluster(KafkaSettings settings, String address) {
    return new KafkaCluster(
        address,
        settings.clientSettings().map(KafkaAccess::properties).orElse(Map.of()),
        settings.prefix());
  }

  private static Map<String, String> properties(Path file) {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    } catch (IOException e) {
      throw UsageException.of(file, e);
    }
    Map<String, String> settings = new HashMap<>();
    properties.stringPropertyNames().forEach(key -> settings.put(key, properties.getProperty(key)));
    return settings;
  }

  /** Fails within seconds where Kafka's clients would go on trying for a minute. */
  private static KafkaCluster answering(KafkaCluster cluster) {
    try (Admin admin = cluster.admin()) {
      admin.describeCluster(new DescribeClusterOptions().timeoutMs(ANSWER_MILLIS)).nodes().get();
      return cluster;
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    } catch (ExecutionException | KafkaException e) {
      throw new RunException(
          "no Kafka answers at %s: %s".formatted(cluster.bootstrapServers(), reason(e)), e);
    }
  }

  private static @Nullable String reason(Throwable failure) {
    Throwable cause = failure.getCause();
    return cause == null ? failure.getMessage() : reason(cause);
  }

  /** Returns the cluster; its topics may be missing where it is a real one. */
  public KafkaCluster cluster() {
    return cluster;
  }

  /** Returns the room for what is written, which is known of an embedded broker. */
  public LogRoom room() {
    return room;
  }

  /** Returns whether this program embeds the broker, and so is the only one that uses it. */
  public boolean embedsBroker() {
    return broker != null;
  }

  /** Stops the broker, if it was embedded here. */
  @Override
  public void close() {
    if (broker == null) {
      return;
    }
    // The broker's orderly end waits for its threads, which an interrupt would cut short.
    boolean interrupted = Thread.interrupted();
    try {
      broker.close();
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
