package dev.rivulet.ops.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.rivulet.ops.broker.EmbeddedBroker;
import dev.rivulet.schemas.broker.BrokerFixture;
import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.topic.KafkaCluster;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
@ExtendWith(BrokerFixture.class)
class StatusStartIT {
  @Test
  void shouldNameEachDependencyThatIsNotReady(KafkaCluster cluster) throws Exception {
    AtomicBoolean works = new AtomicBoolean(true);
    try (StatusServer server =
        StatusServer.start(cluster, StatusClient.ANY_PORT, Map.of("trainer", works::get))) {
      StatusClient http = new StatusClient(server.url());
      http.await("/health/ready", now -> now.path("status").asText().equals("UP"));
      assertThat(http.json("/health/ready").path("checks").findValuesAsText("id"))
          .containsExactlyInAnyOrder("kafka", "reader", "trainer");

      works.set(false);
      HttpResponse<String> ready = http.get("/health/ready");
      assertThat(ready.statusCode()).isEqualTo(503);
      assertThat(StatusClient.parse(ready.body()).path("checks"))
          .filteredOn(check -> check.path("status").asText().equals("DOWN"))
          .extracting(
              check -> check.path("id").asText(), check -> check.at("/data/reason").asText())
          .containsExactly(tuple("trainer", "is not running"));
      assertThat(http.get("/health/live").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void shouldSayWhichPortIsTakenAndHowToChooseAnother(KafkaCluster cluster) throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = taken.getLocalPort();
      assertThatThrownBy(
              () -> StatusServer.start(cluster, new StatusConfig("127.0.0.1", port), Map.of()))
          .isInstanceOf(RunException.class)
          .hasMessageStartingWith(
              "cannot serve the status page at 127.0.0.1:%d; choose another port with --port"
                  .formatted(port))
          .hasMessageContaining("in use");
    }
  }

  @Test
  void shouldSayWhichCommandCreatesMissingTopics(KafkaCluster cluster) {
    KafkaCluster bare =
        new KafkaCluster(cluster.bootstrapServers(), cluster.settings(), "no-such-prefix.");
    assertThatThrownBy(() -> StatusServer.start(bare, StatusClient.ANY_PORT, Map.of()))
        .hasMessageContaining("no-such-prefix.steps")
        .hasMessageContaining("rivulet topics --create");
  }

  @Test
  void shouldReadHistoryFromBeforeItsStart(KafkaCluster shared) throws Exception {
    KafkaCluster cluster = BrokerFixture.withOwnTopics(shared, "history");
    try (SyntheticRun run = new SyntheticRun(cluster, "demo", 200)) {
      run.advance(60);
    }
    try (StatusServer server = StatusServer.start(cluster, StatusClient.ANY_PORT, Map.of())) {
      StatusClient http = new StatusClient(server.url());
      http.await("/health/ready", now -> now.path("status").asText().equals("UP"));
      assertThat(http.json("/api/v1/runs/demo").at("/newest/step").asLong()).isEqualTo(60);
      assertThat(http.json("/api/v1/runs/demo/checkpoints").path("checkpoints")).hasSize(2);
    }
  }

  @Test
  @Tag("fault")
  void shouldSayThatKafkaIsAwayAndGoOnWhenItIsBack(@TempDir Path dir) throws Exception {
    EmbeddedBroker broker = EmbeddedBroker.start(dir, 0);
    KafkaCluster cluster = new KafkaCluster(broker.bootstrapServers(), Map.of(), "away.");
    try (Admin admin = cluster.admin()) {
      cluster.createMissingTopics(admin);
    }
    try (StatusServer server = StatusServer.start(cluster, StatusClient.ANY_PORT, Map.of())) {
      StatusClient http = new StatusClient(server.url());
      http.await("/health/ready", now -> now.path("status").asText().equals("UP"));
      broker.close();
      assertThat(
              http.await("/health/ready", now -> now.path("status").asText().equals("DOWN"))
                  .path("checks"))
          .filteredOn(check -> check.path("status").asText().equals("DOWN"))
          .extracting(check -> check.path("id").asText())
          .contains("kafka");
      broker = EmbeddedBroker.start(dir, port(cluster));
      http.await("/health/ready", now -> now.path("status").asText().equals("UP"));
      try (SyntheticRun run = new SyntheticRun(cluster, "demo", 10)) {
        run.advance(5);
      }
      http.await("/api/v1/runs/demo", now -> now.at("/newest/step").asLong() == 5);
    } finally {
      broker.close();
    }
  }

  private static int port(KafkaCluster cluster) {
    String address = cluster.bootstrapServers();
    return Integer.parseInt(address.substring(address.indexOf(':') + 1));
  }
}
