package dev.rivulet.ops.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.ops.broker.BrokerFixture;
import dev.rivulet.ops.status.board.Records;
import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
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
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final StatusConfig ANY_PORT = new StatusConfig("127.0.0.1", 0);
  private static final String LAYER = "bert.encoder.layer.0.attention.self.query";

  private final HttpClient client = HttpClient.newHttpClient();
  private final AtomicBoolean trainerWorks = new AtomicBoolean(true);
  private KafkaCluster cluster;
  private StatusServer server;
  private SyntheticRun run;

  @BeforeEach
  void start(KafkaCluster shared) {
    cluster = BrokerFixture.withOwnTopics(shared, "status");
    run = new SyntheticRun(cluster, "demo", 200);
    server = StatusServer.start(cluster, ANY_PORT, Map.of("trainer", trainerWorks::get));
  }

  @AfterEach
  void stop() {
    run.close();
    server.close();
  }

  @Test
  void shouldServeWhereRunsStandAndTheirParts() throws Exception {
    run.advance(120);
    await("/api/v1/runs/demo", summary -> summary.at("/newest/step").asLong() == 120);

    JsonNode summary = json("/api/v1/runs/demo");
    assertThat(summary.path("state").asText()).isEqualTo("RUNNING");
    assertThat(summary.path("method").asText()).isEqualTo("adarankgrad");
    assertThat(summary.path("totalSteps").asLong()).isEqualTo(200);
    assertThat(summary.path("adamwOptimizerBytes").asDouble()).isEqualTo(181_700_000.0);
    assertThat(json("/api/v1/runs").path("runs").findValuesAsText("run")).containsExactly("demo");

    JsonNode steps = json("/api/v1/runs/demo/steps?from=41&limit=3").path("steps");
    assertThat(steps.findValuesAsText("step")).containsExactly("41", "42", "43");
    assertThat(json("/api/v1/runs/demo/steps").path("steps")).hasSize(120);

    await("/api/v1/runs/demo", now -> now.path("checkpoints").asLong() == 3);
    JsonNode checkpoints = json("/api/v1/runs/demo/checkpoints").path("checkpoints");
    assertThat(checkpoints.findValuesAsText("checkpoint"))
        .containsExactly("0-000000", "0-000050", "0-000100");
    assertThat(json("/api/v1/runs/demo/evaluations").path("evaluations")).hasSize(3);

    await(
        "/api/v1/runs/demo/layers/" + LAYER,
        layer -> layer.path("ranks").size() == 6 && layer.path("spectra").size() == 6);
    JsonNode newest = json("/api/v1/runs/demo/layers/" + LAYER).path("spectra").path(5);
    assertThat(newest.path("step").asLong()).isEqualTo(101);
    assertThat(newest.path("singularValues")).hasSize(32);
    JsonNode layers = json("/api/v1/runs/demo/layers").path("layers");
    assertThat(layers.findValuesAsText("layer")).containsAll(run.layers());
    assertThat(layers).allMatch(layer -> layer.path("spectra").size() == 1);
  }

  @Test
  void shouldShowRollbackAndTheLineThatSurvivesIt() throws Exception {
    run.advance(70);
    run.failAndRollBack(50);
    run.advance(5);
    await("/api/v1/runs/demo", now -> now.at("/newest/epoch").asInt() == 1);
    await("/api/v1/runs/demo", now -> now.at("/newest/step").asLong() == 55);
    assertThat(json("/api/v1/runs/demo/steps").path("steps")).hasSize(55);
    JsonNode events = await("/api/v1/runs/demo/commands", now -> !now.path("commands").isEmpty());
    assertThat(events.at("/commands/0/action").asText()).isEqualTo("ROLLBACK");
    assertThat(events.path("notes").findValuesAsText("kind")).contains("WITHHELD", "REWOUND");
  }

  @Test
  void shouldSendStepsToListenersAsTheyHappen() throws Exception {
    run.advance(3);
    await("/api/v1/runs/demo", now -> now.at("/newest/step").asLong() == 3);
    HttpResponse<Stream<String>> stream =
        client.send(request("/api/v1/events?run=demo"), HttpResponse.BodyHandlers.ofLines());
    assertThat(stream.headers().firstValue("content-type")).contains("text/event-stream");
    try (Stream<String> lines = stream.body()) {
      Iterator<String> said = lines.iterator();
      assertThat(said.next()).startsWith("retry:");
      new Thread(() -> run.advance(4)).start();
      long newest = 3;
      while (newest < 7) {
        String line = said.next();
        if (line.startsWith("data: {\"summary\"")) {
          JsonNode update = JSON.readTree(line.substring("data: ".length()));
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
    await("/api/v1/runs/demo", now -> now.path("rollbacks").asLong() == 1);
    await("/api/v1/runs/demo", now -> now.at("/newest/epoch").asInt() == 1);
    await("/api/v1/runs/demo", now -> now.at("/newest/step").asLong() == 2);
    await("/api/v1/runs/demo", now -> now.path("checkpoints").asLong() == 2);
    assertThat(text("/metrics"))
        .contains(
            "rivulet_step{run=\"demo\"} 2.0",
            "rivulet_rollbacks_total{run=\"demo\"} 1.0",
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
    await("/api/v1/runs/demo", now -> now.at("/newest/step").asLong() == 2);
    assertThat(json("/api/v1/runs").path("runs")).hasSize(1);
    assertThat(text("/metrics"))
        .contains(
            "rivulet_status_unreadable_total{topic=\"%s\"} 2.0"
                .formatted(cluster.name(Topics.STEPS)));
  }

  @Test
  void shouldForgetCheckpointsThatTheLogNoLongerHolds() throws Exception {
    await("/api/v1/runs/demo/checkpoints", now -> now.path("checkpoints").size() == 1);
    try (KafkaProducer<String, byte[]> producer = cluster.producer("cleaner", null)) {
      producer
          .send(new ProducerRecord<>(cluster.name(Topics.CHECKPOINTS), "demo/0-000000", null))
          .get();
    }
    await("/api/v1/runs/demo/checkpoints", now -> now.path("checkpoints").isEmpty());
  }

  @Test
  void shouldShowNumbersThatAreNotFiniteAsNull() throws Exception {
    try (KafkaProducer<String, byte[]> producer = cluster.producer("trainer", null)) {
      Records records = new Records("nan");
      producer
          .send(cluster.record(Topics.STEPS, "nan", records.step(0, 1).setLoss(Double.NaN).build()))
          .get();
    }
    JsonNode summary = await("/api/v1/runs/nan", now -> now.at("/newest/step").asLong() == 1);
    assertThat(summary.at("/newest/loss").isNull()).isTrue();
    assertThat(summary.at("/newest/gradientNorm").asDouble()).isEqualTo(1.5);
  }

  @Test
  void shouldNameEachDependencyThatIsNotReady() throws Exception {
    await("/health/ready", now -> now.path("status").asText().equals("UP"));
    assertThat(json("/health/ready").path("checks").findValuesAsText("id"))
        .containsExactlyInAnyOrder("kafka", "reader", "trainer");
    assertThat(get("/health/live").statusCode()).isEqualTo(200);

    trainerWorks.set(false);
    HttpResponse<String> ready = get("/health/ready");
    assertThat(ready.statusCode()).isEqualTo(503);
    assertThat(JSON.readTree(ready.body()).path("checks"))
        .filteredOn(check -> check.path("status").asText().equals("DOWN"))
        .extracting(check -> check.path("id").asText(), check -> check.at("/data/reason").asText())
        .containsExactly(tuple("trainer", "is not at work"));
    assertThat(get("/health/live").statusCode()).isEqualTo(200);
  }

  @Test
  void shouldAnswerWrongRequestsWithJsonErrors() throws Exception {
    assertError(get("/api/v1/runs/nobody"), 404, "no run 'nobody'; /api/v1/runs lists the runs");
    assertError(get("/api/v1/nothing"), 404, "nothing at /api/v1/nothing");
    assertError(get("/no-such-file"), 404, "nothing at /no-such-file");
    await("/api/v1/runs/demo", now -> now.has("run"));
    assertError(get("/api/v1/runs/demo/layers/none"), 404, "no layer 'none' in run 'demo'");
    assertError(
        get("/api/v1/runs/demo/steps?limit=0"), 400, "limit=0: use a whole number from 1 to 4000");
    assertError(
        get("/api/v1/runs/demo/steps?from=one"),
        400,
        "from=one: use a whole number from 0 to 9223372036854775807");
    HttpRequest post =
        HttpRequest.newBuilder(uri("/api/v1/runs"))
            .POST(HttpRequest.BodyPublishers.noBody())
            .build();
    assertError(client.send(post, HttpResponse.BodyHandlers.ofString()), 405, "read-only: use GET");
  }

  @Test
  void shouldServeThePageAndItsFilesUnderStrictHeaders() throws Exception {
    for (String path : new String[] {"/", "/page.js", "/status.css", "/chart.umd.js"}) {
      HttpResponse<String> response = get(path);
      assertThat(response.statusCode()).as(path).isEqualTo(200);
      assertThat(response.headers().firstValue("content-security-policy"))
          .hasValueSatisfying(policy -> assertThat(policy).startsWith("default-src 'self';"));
      assertThat(response.headers().firstValue("x-content-type-options")).contains("nosniff");
    }
    assertThat(get("/").body()).contains("<title>Rivulet</title>").doesNotContain("http");
    String tag = get("/page.js").headers().firstValue("etag").orElseThrow();
    HttpRequest again =
        HttpRequest.newBuilder(uri("/page.js")).header("If-None-Match", tag).build();
    assertThat(client.send(again, HttpResponse.BodyHandlers.ofString()).statusCode())
        .isEqualTo(304);
    assertThat(get("/..%2f..%2flogback.xml").statusCode()).isGreaterThanOrEqualTo(400);
  }

  @Test
  void shouldSayWhichPortIsTakenAndHowToChooseAnother() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = taken.getLocalPort();
      assertThatThrownBy(
              () -> StatusServer.start(cluster, new StatusConfig("127.0.0.1", port), Map.of()))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageStartingWith(
              "cannot serve the status page at 127.0.0.1:%d; choose another port with --port"
                  .formatted(port))
          .hasMessageContaining("in use");
    }
  }

  @Test
  void shouldSayWhichCommandCreatesMissingTopics() {
    KafkaCluster bare =
        new KafkaCluster(cluster.bootstrapServers(), cluster.settings(), "no-such-prefix.");
    assertThatThrownBy(() -> StatusServer.start(bare, ANY_PORT, Map.of()))
        .hasMessageContaining("no-such-prefix.steps")
        .hasMessageContaining("rivulet topics --create");
  }

  @Test
  void shouldReadHistoryFromBeforeItsStart() throws Exception {
    run.advance(60);
    try (KafkaProducer<String, byte[]> producer = cluster.producer("trainer", null)) {
      producer
          .send(
              cluster.record(
                  Topics.CHECKPOINTS,
                  "other/0-000000",
                  new Records("other").checkpoint(0, 0, Cause.START).build()))
          .get();
    }
    try (StatusServer second = StatusServer.start(cluster, ANY_PORT, Map.of())) {
      URI ready = URI.create(second.url()).resolve("/health/ready");
      HttpRequest ask = HttpRequest.newBuilder(ready).build();
      while (client.send(ask, HttpResponse.BodyHandlers.ofString()).statusCode() != 200) {
        Thread.sleep(20);
      }
      URI runs = URI.create(second.url()).resolve("/api/v1/runs");
      JsonNode all =
          JSON.readTree(
              client
                  .send(HttpRequest.newBuilder(runs).build(), HttpResponse.BodyHandlers.ofString())
                  .body());
      assertThat(all.path("runs").findValuesAsText("run")).contains("demo", "other");
      assertThat(all.toString()).contains("\"step\":60");
    }
  }

  private static void assertError(HttpResponse<String> response, int status, String error)
      throws IOException {
    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(JSON.readTree(response.body()).path("error").asText()).isEqualTo(error);
  }

  /** Asks until the answer fits; the limit of the class ends a wait in vain. */
  private JsonNode await(String path, Predicate<JsonNode> fits)
      throws IOException, InterruptedException {
    while (true) {
      JsonNode answer = json(path);
      if (fits.test(answer)) {
        return answer;
      }
      Thread.sleep(20);
    }
  }

  private JsonNode json(String path) throws IOException, InterruptedException {
    return JSON.readTree(text(path));
  }

  private String text(String path) throws IOException, InterruptedException {
    return get(path).body();
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return client.send(request(path), HttpResponse.BodyHandlers.ofString());
  }

  private HttpRequest request(String path) {
    return HttpRequest.newBuilder(uri(path)).build();
  }

  private URI uri(String path) {
    return URI.create(server.url()).resolve(path);
  }
}
