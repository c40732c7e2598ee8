package dev.rivulet.ops.broker;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.ObjectName;
import kafka.server.KafkaRaftServer;
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
   */
  static void fence(Map<String, String> settings) {
    Map<String, String> alone = new HashMap<>(settings);
    alone.put("broker.session.timeout.ms", Long.toString(SESSION.toMillis()));
    alone.put("broker.heartbeat.interval.ms", Long.toString(SESSION.toMillis() / 4));
    long started = System.nanoTime();
    KafkaRaftServer controller = EmbeddedBroker.startServer(alone);
    try {
      while (!isFenced() && System.nanoTime() - started < PATIENCE.toNanos()) {
        Thread.sleep(20);
      }
      LOG.info(
          "the broker's former registration is {} after {} ms",
          isFenced() ? "fenced" : "still not fenced",
          Duration.ofNanos(System.nanoTime() - started).toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      controller.shutdown();
      controller.awaitShutdown();
    }
  }

  private static boolean isFenced() {
    try {
      Object fenced =
          ManagementFactory.getPlatformMBeanServer().getAttribute(new ObjectName(FENCED), "Value");
      return ((Number) fenced).intValue() > 0;
    } catch (JMException e) {
      return false;
    }
  }
}
