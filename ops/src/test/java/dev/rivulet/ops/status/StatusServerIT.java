package dev.rivulet.ops.status;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rivulet.ops.status.board.Records;
import dev.rivulet.schemas.broker.BrokerFixture;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topics;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Iterator;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@Timeout(120)
@ExtendWith(BrokerFixture.class)
class StatusServerIT {
  private static final String LAYER = "bert.encoder.layer.0.attention.self.query";

  private KafkaCluster cluster;
  private StatusServer server;
  private StatusClient http;
  private SyntheticRun run;

  @BeforeEach
  void start(KafkaCluster shared) {
    cluster = BrokerFixture.withOwnTopics(shared, "status");
    run = new SyntheticRun(cluster, "demo", 200);
    server = StatusServer.start(cluster, StatusClient.ANY_PORT, Map.of());
    http = new StatusClient(server.url());
  }

  @AfterEach
  void stop() {
    run.close();
    server.close();
  }

  @Test
  void shouldServeWhereRunsStandAndTheirParts() throws Exception {
    run.advance(120);
    http.await("/api/v1/runs/demo", summary -> summary.at("/newest/step").asLong() == 120);

    JsonNode summary = http.json("/api/v1/runs/demo");
    assertThat(summary.path("state").asText()).isEqualTo("RUNNING");
    assertThat(summary.path("method").asText()).isEqualTo("adarankgrad");
    assertThat(summary.path("totalSteps").asLong()).isEqualTo(200);
    assertThat(summary.path("adamwOptimizerBytes").asDouble()).isEqualTo(181_700_000.0);
    assertThat(http.json("/api/v1/runs").path("runs").findValuesAsText("run"))
        .containsExactly("demo");

    JsonNode steps = http.json("/api/v1/runs/demo/steps?from=41&limit=3").path("steps");
    assertThat(steps.findValuesAsText("step")).containsExactly("41", "42", "43");
    assertThat(http.json("/api/v1/runs/demo/steps").path("steps")).hasSize(120);

    http.await("/api/v1/runs/demo", now -> now.path("checkpoints").asLong() == 3);
    JsonNode checkpoints = http.json("/api/v1/runs/demo/checkpoints").path("checkpoints");
    assertThat(checkpoints.findValuesAsText("checkpoint"))
        .containsExactly("0-000000", "0-000050", "0-000100");
    assertThat(http.json("/api/v1/runs/demo/evaluations").path("evaluations")).hasSize(3);

    http.await(
        "/api/v1/runs/demo/layers/" + LAYER,
        layer -> layer.path("ranks").size() == 6 && layer.path("spectra").size() == 6);
    JsonNode newest = http.json("/api/v1/runs/demo/layers/" + LAYER).path("spectra").path(5);
    assertThat(newest.path("step").asLong()).isEqualTo(101);
    assertThat(newest.path("singularValues")).hasSize(32);
    JsonNode layers = http.json("/api/v1/runs/demo/layers").path("layers");
    assertThat(layers.findValuesAsText("layer")).containsAll(run.layers());
    assertThat(layers).allMatch(layer -> layer.path("spectra").size() == 1);
  }

  @Test
  void shouldShowRollbackAndTheLineThatSurvivesIt() throws Exception {
    run.advance(70);
    run.failAndRollBack(50);
    run.advance(5);
    http.await("/api/v1/runs/demo", now -> now.at("/newest/epoch").asInt() == 1);
    http.await("/api/v1/runs/demo", now -> now.at("/newest/step").asLong() == 55);
    assertThat(http.json("/api/v1/runs/demo/steps").path("steps")).hasSize(55);
    JsonNode events =
        http.await("/api/v1/runs/demo/commands", now -> !now.path("commands").isEmpty());
    assertThat(events.at("/commands/0/action").asText()).isEqualTo("ROLLBACK");
    assertThat(events.path("notes").findValuesAsText("kind")).contains("WITHHELD", "REWOUND");
  }

  @Test
  void shouldSendStepsToListenersAsTheyHappen() throws Exception {
    run.advance(3);
    http.await("/api/v1/runs/demo", now -> now.at("/newest/step").asLong() == 3);
    HttpResponse<Stream<String>> stream =
        http.send(
            http.request("/api/v1/events?run=demo").build(), HttpResponse.BodyHandlers.ofLines());
    assertThat(stream.headers().firstValue("content-type")).contains("text/event-stream");
    try (Stream<String> lines = stream.body()) {
      Iterator<String> said = lines.iterator();
      assertThat(said.next()).startsWith("retry:");
      new Thread(() -> run.advance(4)).start();
      long newest = 3;
      while (newest < 7) {
        String line = said.next();
        if (line.startsWith("data: {\"summary\"")) {
          JsonNode update = StatusClient.parse(line.substring("data: ".length()));
          for (JsonNode step : update.path("steps")) {
            assertThat(step.path("step").asLong()).isEqualTo(++newest);
          }
        }
      }
    }
  }

  @Test
  void shouldExportMetricsOfRunsAndOfTheProcess() throws Exception {
    run.advance(30);
    run.failAndRollBack(0);
    run.advance(2);
    http.await("/api/v1/runs/demo", now -> now.path("rollbacks").asLong() == 1);
    http.await("/api/v1/runs/demo", now -> now.at("/newest/epoch").asInt() == 1);
    http.await("/api/v1/runs/demo", now -> now.at("/newest/step").asLong() == 2);
    http.await("/api/v1/runs/demo", now -> now.path("checkpoints").asLong() == 2);
    assertThat(http.text("/metrics"))
        .contains(
            "rivulet_step{run=\"demo\"} 2.0",
            "rivulet_rollbacks_total{run=\"demo\"} 1.0",
            "rivulet_checkpoint_stall{run=\"demo\"}",
            "# TYPE rivulet_checkpoint_seconds_total counter",
            "rivulet_checkpoints_total{run=\"demo\"} 2.0",
            "rivulet_rank{layer=\"" + LAYER + "\",run=\"demo\"}",
            "# TYPE rivulet_tokens_total counter",
            "rivulet_loss{run=\"demo\"}",
            "jvm_memory_used_bytes");
  }

  @Test
  void shouldPassOverRecordsThatCannotBeReadAndCountThem() throws Exception {
    try (KafkaProducer<String, byte[]> producer = cluster.producer("stranger", null)) {
      producer
          .send(new ProducerRecord<>(cluster.name(Topics.STEPS), "demo", new byte[] {1, 2, 3}))
          .get();
      Records script = new Records("<script>");
      producer.send(cluster.record(Topics.STEPS, "<script>", script.step(0, 1).build())).get();
    }
    run.advance(2);
    http.await("/api/v1/runs/demo", now -> now.at("/newest/step").asLong() == 2);
    assertThat(http.json("/api/v1/runs").path("runs")).hasSize(1);
    assertThat(http.text("/metrics"))
        .contains(
            "rivulet_status_unreadable_total{topic=\"%s\"} 2.0"
                .formatted(cluster.name(Topics.STEPS)));
  }

  @Test
  void shouldForgetCheckpointsThatTheLogNoLongerHolds() throws Exception {
    http.await("/api/v1/runs/demo/checkpoints", now -> now.path("checkpoints").size() == 1);
    try (KafkaProducer<String, byte[]> producer = cluster.producer("cleaner", null)) {
      producer
          .send(new ProducerRecord<>(cluster.name(Topics.CHECKPOINTS), "demo/0-000000", null))
          .get();
    }
    http.await("/api/v1/runs/demo/checkpoints", now -> now.path("checkpoints").isEmpty());
  }

  @Test
  void shouldShowNumbersThatAreNotFiniteAsNull() throws Exception {
    try (KafkaProducer<String, byte[]> producer = cluster.producer("trainer", null)) {
      Records records = new Records("nan");
      producer
          .send(cluster.record(Topics.STEPS, "nan", records.step(0, 1).setLoss(Double.NaN).build()))
          .get();
    }
    JsonNode summary = http.await("/api/v1/runs/nan", now -> now.at("/newest/step").asLong() == 1);
    assertThat(summary.at("/newest/loss").isNull()).isTrue();
    assertThat(summary.at("/newest/gradientNorm").asDouble()).isEqualTo(1.5);
  }

  @Test
  void shouldAnswerWrongRequestsWithJsonErrors() throws Exception {
    assertError(
        http.get("/api/v1/runs/nobody"), 404, "no run 'nobody'; /api/v1/runs lists the runs");
    assertError(http.get("/api/v1/nothing"), 404, "nothing at /api/v1/nothing");
    assertError(http.get("/no-such-file"), 404, "nothing at /no-such-file");
    http.await("/api/v1/runs/demo", now -> now.has("run"));
    assertError(http.get("/api/v1/runs/demo/layers/none"), 404, "no layer 'none' in run 'demo'");
    assertError(
        http.get("/api/v1/runs/demo/steps?limit=0"),
        400,
        "limit=0: use a whole number from 1 to 4000");
    assertError(
        http.get("/api/v1/runs/demo/steps?from=one"),
        400,
        "from=one: use a whole number from 0 to 9223372036854775807");
    HttpRequest post =
        http.request("/api/v1/runs").POST(HttpRequest.BodyPublishers.noBody()).build();
    assertError(http.send(post, HttpResponse.BodyHandlers.ofString()), 405, "read-only: use GET");
  }

  @Test
  void shouldServeThePageAndItsFilesUnderStrictHeaders() throws Exception {
    for (String path : new String[] {"/", "/page.js", "/status.css", "/chart.umd.js"}) {
      HttpResponse<String> response = http.get(path);
      assertThat(response.statusCode()).as(path).isEqualTo(200);
      assertThat(response.headers().firstValue("content-security-policy"))
          .hasValueSatisfying(policy -> assertThat(policy).startsWith("default-src 'self';"));
      assertThat(response.headers().firstValue("x-content-type-options")).contains("nosniff");
    }
    assertThat(http.get("/").body()).contains("<title>Rivulet</title>").doesNotContain("http");
    String tag = http.get("/page.js").headers().firstValue("etag").orElseThrow();
    HttpRequest again = http.request("/page.js").header("If-None-Match", tag).build();
    assertThat(http.send(again, HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(304);
    assertThat(http.get("/..%2f..%2flogback.xml").statusCode()).isGreaterThanOrEqualTo(400);
  }

  private static void assertError(HttpResponse<String> response, int status, String error)
      throws IOException {
    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(StatusClient.parse(response.body()).path("error").asText()).isEqualTo(error);
  }
}
