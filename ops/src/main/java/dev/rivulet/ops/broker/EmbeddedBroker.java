package dev.rivulet.ops.broker;

import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.failure.UsageException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A single-node Kafka (KRaft, broker and controller in one) inside this JVM, reachable from this
 * machine only.
 *
 * <p>Its data stays in a directory; the ports may change at each start. An acknowledged record
 * survives a crash of the process. One process at a time may use a directory, see {@link
 * DirectoryLock}.
 *
 * <pre>{@code
 * try (EmbeddedBroker broker = EmbeddedBroker.start(Path.of(".rivulet/kafka"), 0)) {
 *   KafkaCluster cluster = new KafkaCluster(broker.bootstrapServers(), Map.of(), "rivulet.");
 * }
 * }</pre>
 */
public final class EmbeddedBroker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedBroker.class);

  private static final InetAddress HOST = InetAddress.getLoopbackAddress();
  private static final int NODE = 1;
  private static final String CONTROLLER = "CONTROLLER";

  private static final Map<String, String> BROKER =
      Map.ofEntries(
          Map.entry("auto.create.topics.enable", "false"),
          Map.entry("default.replication.factor", "1"),
          Map.entry("offsets.topic.replication.factor", "1"),
          Map.entry("offsets.topic.num.partitions", "1"),
          Map.entry("transaction.state.log.replication.factor", "1"),
          Map.entry("transaction.state.log.min.isr", "1"),
          Map.entry("transaction.state.log.num.partitions", "1"),
          Map.entry("share.coordinator.state.topic.replication.factor", "1"),
          Map.entry("share.coordinator.state.topic.min.isr", "1"),
          Map.entry("share.coordinator.state.topic.num.partitions", "1"),
          // A broker that runs only at times must keep the groups while it is down.
          Map.entry("offsets.retention.minutes", Integer.toString(365 * 24 * 60)),
          Map.entry("group.initial.rebalance.delay.ms", "0"),
          Map.entry("num.network.threads", "2"),
          Map.entry("num.io.threads", "4"),
          Map.entry("log.cleaner.dedupe.buffer.size", Integer.toString(16 << 20)));

  private final KafkaRaftServer server;
  private final DirectoryLock lock;
  private final String bootstrapServers;

  private EmbeddedBroker(KafkaRaftServer server, DirectoryLock lock, String bootstrapServers) {
    this.server = server;
    this.lock = lock;
    this.bootstrapServers = bootstrapServers;
  }

  /**
   * Starts a broker and waits until it serves clients, which takes seconds.
   *
   * @param dir data directory; created and formatted when new
   * @param port port for clients; 0 for any free one
   * @throws DirectoryInUseException when another broker runs on the directory
   * @throws UsageException when the port is taken
   * @throws RunException when Kafka cannot format the directory
   * @throws UsageException when the directory cannot be written
   */
  public static EmbeddedBroker start(Path dir, int port) {
    DirectoryLock lock = DirectoryLock.acquire(dir);
    try {
      Path data = dir.resolve("data");
      boolean killed = FormerRegistration.isLeftIn(data);
      format(data);
      Path lastPort = dir.resolve("port");
      int[] ports = port == 0 ? reserveAgain(lastPort) : reserve(port, 0);
      Files.writeString(lastPort, Integer.toString(ports[0]));
      String address = address(ports[0]);
      String controller = address(ports[1]);
      if (killed) {
        FormerRegistration.fence(controllerSettings(data, controller));
      }
      KafkaRaftServer server = startServer(settings(data, address, controller));
      lock.publish(address);
      return new EmbeddedBroker(server, lock, address);
    } catch (IOException e) {
      lock.close();
      throw UsageException.of(dir, e);
    } catch (RuntimeException | Error e) {
      lock.close();
      throw e;
    }
  }

  /** Returns HOST:PORT for clients. */
  public String bootstrapServers() {
    return bootstrapServers;
  }

  /** Stops the broker, waits for its end, and frees the directory. The data stays. */
  @Override
  public void close() {
    try {
      server.shutdown();
      server.awaitShutdown();
    } finally {
      lock.close();
    }
  }

  /** Starts a server; after a failure it stops the started parts. */
  static KafkaRaftServer startServer(Map<String, String> settings) {
    KafkaRaftServer server =
        new KafkaRaftServer(KafkaConfig.fromProps(properties(settings), false), Time.SYSTEM);
    try {
      server.startup();
      return server;
    } catch (RuntimeException | Error e) {
      // Kafka does not stop the threads of a failed start.
      server.shutdown();
      server.awaitShutdown();
      throw e;
    }
  }

  /** Returns the settings of the controller alone, at HOST:PORT. */
  static Map<String, String> controllerSettings(Path data, String controller) {
    return Map.ofEntries(
        Map.entry("process.roles", "controller"),
        Map.entry("node.id", Integer.toString(NODE)),
        Map.entry("listeners", CONTROLLER + "://" + controller),
        Map.entry("controller.listener.names", CONTROLLER),
        // Static voters, so that the ports may change between runs.
        Map.entry("controller.quorum.voters", NODE + "@" + controller),
        Map.entry("log.dirs", data.toString()));
  }

  private static Map<String, String> settings(Path data, String clients, String controller) {
    Map<String, String> settings = new HashMap<>(controllerSettings(data, controller));
    settings.putAll(BROKER);
    settings.put("process.roles", "broker,controller");
    settings.merge("listeners", "PLAINTEXT://" + clients, (own, more) -> more + "," + own);
    return settings;
  }

  private static void format(Path data) {
    Formatter formatter = new Formatter();
    formatter
        .setPrintStream(
            new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
        .setNodeId(NODE)
        .setClusterId(clusterId(data.resolve("meta.properties")))
        .addDirectory(data.toString())
        .setMetadataLogDirectory(data.toString())
        .setReleaseVersion(MetadataVersion.LATEST_PRODUCTION)
        .setControllerListenerName(CONTROLLER)
        .setIgnoreFormatted(true);
    try {
      formatter.run();
    } catch (Exception e) {
      throw new RunException("cannot format %s for Kafka: %s".formatted(data, e.getMessage()), e);
    }
  }

  private static String clusterId(Path meta) {
    if (!Files.exists(meta)) {
      return Uuid.randomUuid().toString();
    }
    Properties properties = new Properties();
    try (InputStream in = Files.newInputStream(meta)) {
      properties.load(in);
    } catch (IOException e) {
      throw UsageException.of(meta, e);
    }
    return properties.getProperty("cluster.id");
  }

  /**
   * Reserves the broker's last port if it is free, so that clients reconnect, and else any free
   * port.
   */
  private static int[] reserveAgain(Path lastPort) throws IOException {
    if (Files.exists(lastPort)) {
      try {
        return reserve(Integer.parseInt(Files.readString(lastPort).strip()), 0);
      } catch (UsageException | NumberFormatException e) {
        LOG.info("the broker cannot reuse its last port: {}", e.getMessage());
      }
    }
    return reserve(0, 0);
  }

  /** Replaces zeros by free ports, and checks that the other ports are free. */
  private static int[] reserve(int... wanted) {
    ServerSocket[] sockets = new ServerSocket[wanted.length];
    int[] ports = new int[wanted.length];
    try {
      for (int i = 0; i < wanted.length; i++) {
        sockets[i] = new ServerSocket();
        sockets[i].setReuseAddress(true);
        sockets[i].bind(new InetSocketAddress(HOST, wanted[i]));
        ports[i] = sockets[i].getLocalPort();
      }
      return ports;
    } catch (IOException e) {
      throw new UsageException("port %d: %s".formatted(wanted[0], e.getMessage()), e);
    } finally {
      for (ServerSocket socket : sockets) {
        Utils.closeQuietly(socket, "port probe");
      }
    }
  }

  private static String address(int port) {
    return HOST.getHostAddress() + ":" + port;
  }

  private static Properties properties(Map<String, String> settings) {
    Properties properties = new Properties();
    properties.putAll(settings);
    return properties;
  }
}
