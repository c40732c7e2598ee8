package dev.rivulet.schemas.broker;

import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.Uuid;

/**
 * A cluster of Kafka nodes on this machine, each in its own process, so that a test can kill, stop
 * and restart them. Every node has every record. A record is acknowledged when all nodes but one
 * have it.
 *
 * <p>A node keeps its directory and its ports when it restarts.
 */
public final class BrokerCluster implements AutoCloseable {
  private static final List<String> OPTIONS =
      List.of("-Xmx384m", "-Dlogback.configurationFile=dev/rivulet/schemas/broker/logback.xml");

  private final Path directory;
  private final int size;
  private final String id = Uuid.randomUuid().toString();
  private final int[] clientPorts;
  private final int[] controllerPorts;
  private final Map<Integer, Process> running = new HashMap<>();

  private BrokerCluster(Path directory, int size) throws IOException {
    this.directory = directory;
    this.size = size;
    int[] ports = freePorts(2 * size);
    clientPorts = IntStream.range(0, size).map(i -> ports[i]).toArray();
    controllerPorts = IntStream.range(size, 2 * size).map(i -> ports[i]).toArray();
  }

  /** Starts nodes, numbered from 1, and waits until all of them serve clients. */
  public static BrokerCluster start(Path directory, int size) throws IOException {
    BrokerCluster cluster = new BrokerCluster(directory, size);
    for (int node = 1; node <= size; node++) {
      cluster.start(node);
    }
    try (Admin admin = cluster.cluster("").admin()) {
      Eventually.await(
          "all brokers serve", () -> admin.describeCluster().nodes().get().size() == size);
    }
    return cluster;
  }

  /** Starts a node, and does not wait until it serves clients. */
  public void start(int node) throws IOException {
    List<String> arguments = new ArrayList<>();
    arguments.add(data(node).toString());
    arguments.add(id);
    settings(node).forEach((key, value) -> arguments.add(key + "=" + value));
    running.put(
        node,
        TestJvm.of(BrokerProcess.class, OPTIONS, arguments)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("node-%d.out".formatted(node)).toFile())
            .start());
  }

  /** Kills a node with {@code kill -9}, and waits for its end. */
  public void kill(int node) {
    take(node).destroyForcibly().onExit().join();
  }

  /** Shuts a node down in order, and waits for its end. */
  public void stop(int node) {
    Process process = take(node);
    process.destroy();
    process.onExit().join();
  }

  /** Waits until a node ends by itself, and returns its exit status. */
  public int awaitEnd(int node) throws InterruptedException {
    return take(node).waitFor();
  }

  private Process take(int node) {
    return Optional.ofNullable(running.remove(node)).orElseThrow();
  }

  /** Returns the directory of a node's logs. */
  public Path data(int node) {
    return directory.resolve("node-" + node);
  }

  /** Returns the address of the nodes for clients, with a prefix of topic names. */
  public KafkaCluster cluster(String prefix) {
    String servers =
        Arrays.stream(clientPorts).mapToObj(BrokerCluster::at).collect(Collectors.joining(","));
    return new KafkaCluster(servers, Map.of(), prefix);
  }

  /** Creates all topics; the first node leads them all. */
  public void createTopics(KafkaCluster cluster, Admin admin)
      throws ExecutionException, InterruptedException {
    List<Integer> replicas = IntStream.rangeClosed(1, size).boxed().toList();
    List<NewTopic> topics =
        Topics.all().stream()
            .map(
                topic ->
                    new NewTopic(cluster.name(topic), Map.of(0, replicas))
                        .configs(topic.retention().settings()))
            .toList();
    admin.createTopics(topics).all().get();
  }

  /**
   * Waits until every node has all records of a cluster's topics.
   *
   * @return the leading node of each topic
   */
  public Map<String, Integer> awaitAllInSync(KafkaCluster cluster, Admin admin) {
    List<String> names = Topics.all().stream().map(cluster::name).toList();
    Map<String, TopicPartitionInfo> partitions = new HashMap<>();
    Eventually.await(
        "all replicas are in sync",
        () -> {
          admin
              .describeTopics(names)
              .allTopicNames()
              .get()
              .forEach((name, topic) -> partitions.put(name, topic.partitions().get(0)));
          return partitions.values().stream().allMatch(partition -> partition.isr().size() == size);
        });
    return partitions.entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue().leader().id()));
  }

  private Map<String, String> settings(int node) {
    String voters =
        IntStream.rangeClosed(1, size)
            .mapToObj(voter -> voter + "@" + at(controllerPorts[voter - 1]))
            .collect(Collectors.joining(","));
    String replicas = Integer.toString(size);
    String enough = Integer.toString(Math.max(1, size - 1));
    return Map.ofEntries(
        Map.entry("process.roles", "broker,controller"),
        Map.entry("node.id", Integer.toString(node)),
        Map.entry(
            "listeners",
            "PLAINTEXT://%s,CONTROLLER://%s"
                .formatted(at(clientPorts[node - 1]), at(controllerPorts[node - 1]))),
        Map.entry("controller.listener.names", "CONTROLLER"),
        Map.entry("controller.quorum.voters", voters),
        Map.entry("auto.create.topics.enable", "false"),
        Map.entry("default.replication.factor", replicas),
        Map.entry("min.insync.replicas", enough),
        Map.entry("offsets.topic.replication.factor", replicas),
        Map.entry("offsets.topic.num.partitions", "1"),
        Map.entry("transaction.state.log.replication.factor", replicas),
        Map.entry("transaction.state.log.min.isr", enough),
        Map.entry("transaction.state.log.num.partitions", "1"),
        Map.entry("share.coordinator.state.topic.replication.factor", replicas),
        Map.entry("share.coordinator.state.topic.min.isr", enough),
        Map.entry("share.coordinator.state.topic.num.partitions", "1"),
        Map.entry("group.initial.rebalance.delay.ms", "0"),
        Map.entry("num.network.threads", "2"),
        Map.entry("num.io.threads", "4"),
        Map.entry("broker.session.timeout.ms", "3000"),
        Map.entry("broker.heartbeat.interval.ms", "500"),
        Map.entry("log.cleaner.dedupe.buffer.size", Integer.toString(16 << 20)));
  }

  private static String at(int port) {
    return InetAddress.getLoopbackAddress().getHostAddress() + ":" + port;
  }

  private static int[] freePorts(int count) throws IOException {
    List<ServerSocket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      }
      return sockets.stream().mapToInt(ServerSocket::getLocalPort).toArray();
    } finally {
      for (ServerSocket socket : sockets) {
        socket.close();
      }
    }
  }

  /** Kills all nodes. */
  @Override
  public void close() {
    List.copyOf(running.keySet()).forEach(this::kill);
  }
}
