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
 * What a broker that was killed has left in the cluster's metadata: its registration, which says
 * that it is alive at its former address and leads all partitions.
 *
 * <p>A broker that is started beside it, with its controller, can take up those partitions on the
 * former registration, complete its transactions by markers that it sends to the former address,
 * and lose them again when that registration lapses. Transactions may hang for ever from that, and
 * who reads committed records waits for them. So the controller is started alone first, for as long
 * as it takes to fence the former registration; the broker then begins as one that was away.
 */
final class FormerRegistration {
  private static final Logger LOG = LoggerFactory.getLogger(FormerRegistration.class);

  private static final Duration SESSION = Duration.ofMillis(200);
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** How many brokers the controller knows that are fenced: a gauge of Kafka's. */
  private static final String FENCED =
      "kafka.controller:type=KafkaController,name=FencedBrokerCount";

  private static final String METADATA = "__cluster_metadata-0";

  private FormerRegistration() {}

  /** Returns whether a broker with partitions in the directory ended otherwise than by a stop. */
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
   * Fences it, which takes about a second.
   *
   * @param settings those of the controller; how long a session lasts is overridden
   * @return whether it is fenced; otherwise it was waited for in vain
   */
  static boolean fence(Map<String, String> settings) {
    Map<String, String> alone = new HashMap<>(settings);
    alone.put("broker.session.timeout.ms", Long.toString(SESSION.toMillis()));
    alone.put("broker.heartbeat.interval.ms", Long.toString(SESSION.toMillis() / 4));
    long started = System.nanoTime();
    KafkaRaftServer controller = EmbeddedBroker.startServer(alone);
    try {
      boolean fenced = isFenced();
      while (!fenced && System.nanoTime() - started < PATIENCE.toNanos()) {
        Thread.sleep(20);
        fenced = isFenced();
      }
      if (fenced) {
        LOG.info("the broker that was killed is written off after {} ms", millisSince(started));
      } else {
        LOG.warn(
            "the broker that was killed is not written off after {} ms: should the rank monitor not get to work, start again",
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
