package dev.rivulet.ops.broker;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.ObjectName;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The registration that a killed broker leaves in the cluster's metadata. It states that the broker
 * is alive at its former address and leads all partitions.
 *
 * <p>A broker that restarts together with its controller can take over the partitions under the
 * former registration, send the markers that complete its transactions to the former address, and
 * lose the partitions when that registration expires. Transactions may then hang forever, and
 * readers of committed records wait for them. So the controller first runs alone until it has
 * fenced the former registration. The broker then registers as one that was offline.
 */
final class FormerRegistration {
  private static final Logger LOG = LoggerFactory.getLogger(FormerRegistration.class);

  private static final Duration SESSION = Duration.ofMillis(200);
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  /** Kafka's gauge of the number of fenced brokers that the controller knows. */
  private static final String FENCED =
      "kafka.controller:type=KafkaController,name=FencedBrokerCount";

  private static final String METADATA = "__cluster_metadata-0";

  private FormerRegistration() {}

  /** Returns whether a broker with partitions in the directory ended without a clean shutdown. */
  static boolean isLeftIn(Path data) throws IOException {
    if (!Files.exists(data) || Files.exists(data.resolve(".kafka_cleanshutdown"))) {
      return false;
    }
    try (Stream<Path> files = Files.list(data)) {
      return files.anyMatch(
          file -> Files.isDirectory(file) && !file.getFileName().toString().equals(METADATA));
    }
  }

  /**
   * Fences the former registration, which takes about a second.
   *
   * @param settings of the controller; the session timeout is overridden
   * @return whether it is fenced; false after a timeout
   */
  static boolean fence(Map<String, String> settings) {
    Map<String, String> alone = new HashMap<>(settings);
    alone.put("broker.session.timeout.ms", Long.toString(SESSION.toMillis()));
    alone.put("broker.heartbeat.interval.ms", Long.toString(SESSION.toMillis() / 4));
    long started = System.nanoTime();
    KafkaRaftServer controller = EmbeddedBroker.startServer(alone);
    try {
      boolean fenced = isFenced();
      while (!fenced && System.nanoTime() - started < TIMEOUT.toNanos()) {
        Thread.sleep(20);
        fenced = isFenced();
      }
      if (fenced) {
        LOG.info("the controller has fenced the killed broker after {} ms", millisSince(started));
      } else {
        LOG.warn(
            "the controller has not fenced the killed broker after {} ms: restart if the rank"
                + " monitor does not start",
            millisSince(started));
      }
      return fenced;
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    } finally {
      controller.shutdown();
      controller.awaitShutdown();
    }
  }

  private static long millisSince(long started) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started);
  }

  private static boolean isFenced() {
    try {
      Object fenced =
          ManagementFactory.getPlatformMBeanServer().getAttribute(new ObjectName(FENCED), "Value");
      return ((Number) fenced).intValue() > 0;
    } catch (InstanceNotFoundException e) {
      return false; // not yet
    } catch (JMException e) {
      throw new IllegalStateException("Kafka's gauge %s cannot be read".formatted(FENCED), e);
    }
  }
}
