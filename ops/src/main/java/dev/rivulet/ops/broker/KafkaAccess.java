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
 * A program's connection to Kafka: a real cluster, an embedded broker of this process, or the
 * embedded broker of another process in the same home folder.
 *
 * <p>Missing topics are created on an embedded broker. On a real cluster the user creates them.
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
   * Connects to the cluster of the settings. Without one, connects to the broker of the home folder
   * in another process, or starts a new one.
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
   * Connects as {@link #open}, but never to another process's broker.
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

  /** Fails within seconds; Kafka's clients would retry for a minute. */
  private static KafkaCluster answering(KafkaCluster cluster) {
    try (Admin admin = cluster.admin()) {
      admin.describeCluster(new DescribeClusterOptions().timeoutMs(ANSWER_MILLIS)).nodes().get();
      return cluster;
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    } catch (ExecutionException | KafkaException e) {
      throw new RunException(
          "no Kafka broker answers at %s: %s".formatted(cluster.bootstrapServers(), reason(e)), e);
    }
  }

  private static @Nullable String reason(Throwable failure) {
    Throwable cause = failure.getCause();
    return cause == null ? failure.getMessage() : reason(cause);
  }

  /** Returns the cluster; a real one may lack topics. */
  public KafkaCluster cluster() {
    return cluster;
  }

  /** Returns the disk space for the log, which is known for an embedded broker. */
  public LogRoom room() {
    return room;
  }

  /** Returns whether this process runs the broker, and so is its only user at the start. */
  public boolean embedsBroker() {
    return broker != null;
  }

  /** Stops the broker if this process runs it. */
  @Override
  public void close() {
    if (broker == null) {
      return;
    }
    // An interrupt would cut short the broker's orderly stop, which waits for its threads.
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
