package dev.rivulet.ops.fault;

import dev.rivulet.ops.pipeline.ChildJvm;
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
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.Uuid;

/**
 * Kafka nodes in processes of their own on this machine: every record is on all of them, and
 * acknowledged when it is on all but one.
 */
final class BrokerCluster implements AutoCloseable {
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

  /** Starts some nodes, numbered from 1, and waits until all serve. */
  static BrokerCluster start(Path directory, int size)
      throws IOException, ExecutionException, InterruptedException {
    BrokerCluster cluster = new BrokerCluster(directory, size);
    for (int node = 1; node <= size; node++) {
      cluster.start(node);
    }
    try (Admin admin = cluster.cluster("").admin()) {
      while (admin.describeCluster().nodes().get().size() < size) {
        Thread.sleep(100);
      }
    }
    return cluster;
  }

  /** Starts a node. */
  void start(int node) throws IOException {
    List<String> arguments = new ArrayList<>();
    arguments.add(directory.resolve("node-" + node).toString());
    arguments.add(id);
    settings(node).forEach((key, value) -> arguments.add(key + "=" + value));
    running.put(
        node,
        ChildJvm.of(
                List.of("-Xmx256m", "-XX:TieredStopAtLevel=1"),
                directory.resolve("crash-%d.log".formatted(node)),
                BrokerProcess.class,
                arguments)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("node-%d.out".formatted(node)).toFile())
            .start());
  }

  /** Kills a node with {@code kill -9}, and waits for its end. */
  void kill(int node) throws InterruptedException {
    Process process = running.remove(node);
    process.destroyForcibly();
    process.waitFor();
  }

  /** Returns the cluster as clients reach it. */
  KafkaCluster cluster(String prefix) {
    String servers =
        Arrays.stream(clientPorts).mapToObj(BrokerCluster::at).collect(Collectors.joining(","));
    return new KafkaCluster(servers, Map.of(), prefix);
  }

  /** Creates all topics; the first node leads them all. */
  void createTopics(KafkaCluster cluster, Admin admin)
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

  /** Waits until every node has all of a cluster's topics, and returns the node that leads each. */
  Map<String, Integer> awaitAllInSync(KafkaCluster cluster, Admin admin)
      throws ExecutionException, InterruptedException {
    List<String> names = Topics.all().stream().map(cluster::name).toList();
    while (true) {
      Map<String, TopicPartitionInfo> partitions = new HashMap<>();
      admin
          .describeTopics(names)
          .allTopicNames()
          .get()
          .forEach((name, description) -> partitions.put(name, description.partitions().get(0)));
      if (partitions.values().stream().allMatch(it -> it.isr().size() == size)) {
        return partitions.entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getKey, it -> it.getValue().leader().id()));
      }
      Thread.sleep(200);
    }
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
        Map.entry("default.replication.factor", replicas),
        Map.entry("min.insync.replicas", enough),
        Map.entry("offsets.topic.replication.factor", replicas),
        Map.entry("offsets.topic.num.partitions", "1"),
        Map.entry("transaction.state.log.replication.factor", replicas),
        Map.entry("transaction.state.log.min.isr", enough),
        Map.entry("transaction.state.log.num.partitions", "1"),
        Map.entry("group.initial.rebalance.delay.ms", "0"),
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
  public void close() throws InterruptedException {
    for (int node : List.copyOf(running.keySet())) {
      kill(node);
    }
  }
}
