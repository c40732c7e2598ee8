package dev.rivulet.rankmonitor;

import dev.rivulet.rankmonitor.topology.MonitorTopology;
import dev.rivulet.rankmonitor.topology.UndecodableRecords;
import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.topic.KafkaCluster;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.CloseOptions.GroupMembershipOperation;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsException;

/**
 * The rank monitor: a Kafka Streams application that answers spectra with ranks, and watches steps
 * for instability. Every decision is a function of the records read, and is made exactly once.
 *
 * <pre>{@code
 * try (RankMonitor monitor = new RankMonitor(cluster, MonitorConfig.DEFAULT, home.resolve("monitor"))) {
 *   monitor.start();
 *   ...
 * }
 * }</pre>
 *
 * <p>Monitors of one cluster and topic prefix share the work by partitions; each needs a state
 * directory of its own. The directory is a cache: without it the state is read back from the
 * cluster. Thread-safe.
 */
public final class RankMonitor implements AutoCloseable {
  private static final Duration START_TIMEOUT = Duration.ofMinutes(2);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);

  private final KafkaCluster cluster;
  private final KafkaStreams streams;
  private final CompletableFuture<KafkaStreams.State> settled = new CompletableFuture<>();

  /**
   * Makes a monitor, not yet started.
   *
   * @param stateDirectory is made when it is missing
   * @throws RunException when the directory cannot be used: another monitor may have it
   */
  public RankMonitor(KafkaCluster cluster, MonitorConfig config, Path stateDirectory) {
    this.cluster = cluster;
    this.streams = streams(cluster, config, stateDirectory);
    streams.setUncaughtExceptionHandler(new ThreadReplacement());
    streams.setStateListener((now, before) -> settle(now));
  }

  private static KafkaStreams streams(
      KafkaCluster cluster, MonitorConfig config, Path stateDirectory) {
    try {
      return new KafkaStreams(
          MonitorTopology.of(config.stability(), cluster),
          new StreamsConfig(settings(cluster, config, stateDirectory)));
    } catch (StreamsException e) {
      throw new RunException(
          "the rank monitor cannot use its folder %s: a monitor of another process has it, or it cannot be written; give every process a folder (--home) of its own"
              .formatted(stateDirectory),
          e);
    }
  }

  /** Returns the application id: also the consumer group, and the prefix of internal topics. */
  public static String applicationId(KafkaCluster cluster) {
    return cluster.prefix() + "rank-monitor";
  }

  /**
   * Starts the monitor and returns when it is running. It can be started once.
   *
   * @throws UsageException when the cluster lacks topics
   * @throws RunException when the monitor does not start
   * @throws org.apache.kafka.common.KafkaException when the cluster does not answer
   */
  public void start() {
    try (Admin admin = cluster.admin()) {
      cluster.requireTopics(admin);
    }
    streams.start();
    try {
      KafkaStreams.State state = settled.get(START_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
      if (state != KafkaStreams.State.RUNNING) {
        throw new RunException(
            "the rank monitor did not start, its state is %s: see the log for the reason"
                .formatted(state));
      }
    } catch (TimeoutException e) {
      throw new RunException(
          "the rank monitor did not start within %d s, its state is %s: is %s reachable?"
              .formatted(START_TIMEOUT.toSeconds(), state(), cluster.bootstrapServers()),
          e);
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    } catch (ExecutionException e) {
      throw new RunException("the rank monitor did not start", e.getCause());
    }
  }

  /** Returns the state of the Streams client. */
  public KafkaStreams.State state() {
    return streams.state();
  }

  /** Returns whether the monitor is at work, or taking over partitions. */
  public boolean isRunning() {
    return state().isRunningOrRebalancing();
  }

  /** Stops the monitor and leaves the group at once, so that a restart does not wait. */
  @Override
  public void close() {
    streams.close(
        CloseOptions.timeout(CLOSE_TIMEOUT)
            .withGroupMembershipOperation(GroupMembershipOperation.LEAVE_GROUP));
  }

  private void settle(KafkaStreams.State state) {
    if (state == KafkaStreams.State.RUNNING || state.hasStartedOrFinishedShuttingDown()) {
      settled.complete(state);
    }
  }

  private static Map<String, Object> settings(
      KafkaCluster cluster, MonitorConfig config, Path stateDirectory) {
    String id = applicationId(cluster);
    Map<String, Object> all = new HashMap<>();
    // A killed monitor must be replaced well within the time a refresh waits for its answer.
    all.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, 10_000);
    all.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, 3_000);
    all.putAll(cluster.clientSettings(id));
    all.put(StreamsConfig.APPLICATION_ID_CONFIG, id);
    all.put(StreamsConfig.STATE_DIR_CONFIG, stateDirectory.toString());
    all.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    all.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, config.commitInterval().toMillis());
    all.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, config.threads());
    all.put(StreamsConfig.DESERIALIZATION_EXCEPTION_HANDLER_CLASS_CONFIG, UndecodableRecords.class);
    return all;
  }
}
