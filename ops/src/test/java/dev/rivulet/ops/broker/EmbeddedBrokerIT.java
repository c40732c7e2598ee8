package dev.rivulet.ops.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rivulet.schemas.broker.Eventually;
import dev.rivulet.schemas.broker.TestJvm;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.TopicReader;
import dev.rivulet.schemas.topic.Topics;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBrokerIT {
  @Test
  void shouldKeepTopicsAndRecordsBetweenRunsOnDifferentPorts(@TempDir Path dir) throws Exception {
    String first;
    try (EmbeddedBroker broker = EmbeddedBroker.start(dir, 0)) {
      first = broker.bootstrapServers();
      KafkaCluster cluster = cluster(broker);
      try (Admin admin = cluster.admin()) {
        assertThat(cluster.createMissingTopics(admin)).isEqualTo(Topics.all());
      }
      try (KafkaProducer<String, byte[]> producer = cluster.producer("test", "test")) {
        producer.initTransactions();
        producer.beginTransaction();
        byte[] kept = "kept".getBytes(StandardCharsets.UTF_8);
        producer.send(cluster.record(Topics.DEAD_LETTERS, "k", kept)).get();
        producer.commitTransaction();
      }
      assertThat(Eventually.read(() -> deadLetters(cluster), found -> !found.isEmpty()))
          .containsExactly("kept");
    }
    try (ServerSocket taken = occupy(first);
        EmbeddedBroker broker = EmbeddedBroker.start(dir, 0)) {
      assertThat(broker.bootstrapServers()).isNotEqualTo(first);
      assertThat(taken.isBound()).isTrue();
      KafkaCluster cluster = cluster(broker);
      try (Admin admin = cluster.admin()) {
        assertThat(cluster.missingTopics(admin)).isEmpty();
      }
      assertThat(deadLetters(cluster)).containsExactly("kept");
    }
  }

  /** Where clients look for it. */
  @Test
  void shouldComeBackWhereItWas(@TempDir Path dir) {
    String first;
    try (EmbeddedBroker broker = EmbeddedBroker.start(dir, 0)) {
      first = broker.bootstrapServers();
    }
    try (EmbeddedBroker broker = EmbeddedBroker.start(dir, 0)) {
      assertThat(broker.bootstrapServers()).isEqualTo(first);
    }
  }

  @Test
  void shouldRefuseDirectoryOfRunningBrokerAndLeaveThatBrokerAlone(@TempDir Path dir) {
    try (EmbeddedBroker broker = EmbeddedBroker.start(dir, 0)) {
      assertThatThrownBy(() -> EmbeddedBroker.start(dir, 0))
          .isInstanceOfSatisfying(
              DirectoryInUseException.class,
              e -> assertThat(e.bootstrapServers()).isEqualTo(broker.bootstrapServers()))
          .hasMessage(
              "another rivulet process uses %s (pid %d)", dir, ProcessHandle.current().pid());

      KafkaCluster cluster = cluster(broker);
      try (Admin admin = cluster.admin()) {
        assertThat(cluster.createMissingTopics(admin)).isEqualTo(Topics.all());
      }
    }
  }

  @Test
  void shouldNameTakenPortAndFreeDirectory(@TempDir Path dir) throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(() -> EmbeddedBroker.start(dir, taken.getLocalPort()))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("port " + taken.getLocalPort());
    }
    EmbeddedBroker.start(dir, 0).close();
  }

  @Test
  @Tag("fault")
  void shouldKeepEveryAcknowledgedRecordWhenKilled(@TempDir Path dir) throws Exception {
    Process child =
        TestJvm.of(AcknowledgedProducer.class, List.of(), List.of(dir.toString()))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    List<String> acknowledged = new ArrayList<>();
    try (BufferedReader out =
        new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        acknowledged.add(line);
        if (acknowledged.size() == 300) {
          child.toHandle().destroyForcibly();
        }
      }
    }
    assertThat(child.waitFor()).isEqualTo(128 + 9);

    assertThat(FormerRegistration.isLeftIn(dir.resolve("data"))).isTrue();
    String controller = "127.0.0.1:" + freePort();
    assertThat(
            FormerRegistration.fence(
                EmbeddedBroker.controllerSettings(dir.resolve("data"), controller)))
        .isTrue();
    try (EmbeddedBroker broker = EmbeddedBroker.start(dir, 0)) {
      assertThat(acknowledged).hasSizeGreaterThanOrEqualTo(300);
      assertThat(deadLetters(cluster(broker))).startsWith(acknowledged.toArray(String[]::new));
    }
    assertThat(FormerRegistration.isLeftIn(dir.resolve("data"))).isFalse();
  }

  private static KafkaCluster cluster(EmbeddedBroker broker) {
    return new KafkaCluster(broker.bootstrapServers(), Map.of(), "");
  }

  private static ServerSocket occupy(String address) throws IOException {
    int port = Integer.parseInt(address.substring(address.indexOf(':') + 1));
    return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static List<String> deadLetters(KafkaCluster cluster) {
    List<String> values = new ArrayList<>();
    try (KafkaConsumer<String, byte[]> consumer = cluster.consumer("test")) {
      TopicReader.forEach(
          cluster,
          consumer,
          Topics.DEAD_LETTERS,
          (record, value) -> values.add(new String(value, StandardCharsets.UTF_8)));
    }
    return values;
  }
}
