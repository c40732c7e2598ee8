package dev.rivulet.ops.status;

import dev.rivulet.ops.status.board.RunBoard;
import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.topic.KafkaCluster;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.Router;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;
import io.vertx.micrometer.PrometheusScrapingHandler;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;

/**
 * The HTTP server of the status page; the package lists its routes. It only reads from Kafka.
 *
 * <pre>{@code
 * try (StatusServer server = StatusServer.start(cluster, StatusConfig.DEFAULT, Map.of())) {
 *   System.out.println(server.url());
 * }
 * }</pre>
 */
public final class StatusServer implements AutoCloseable {
  private static final long TIMEOUT_SECONDS = 30;
  private static final int IDLE_SECONDS = 60;

  private final StatusConfig config;
  private final RunBoard board = new RunBoard();
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final BoardReader reader;
  private final HealthRoutes health;
  private final Vertx vertx;
  private int port;

  private StatusServer(
      KafkaCluster cluster, StatusConfig config, Map<String, BooleanSupplier> probes) {
    this.config = config;
    reader = new BoardReader(cluster, board, this::countUnreadable);
    health = new HealthRoutes(cluster, reader, probes);
    vertx =
        Vertx.builder()
            .with(
                new VertxOptions()
                    .setEventLoopPoolSize(1)
                    .setMetricsOptions(
                        new MicrometerMetricsOptions().setEnabled(true).setJvmMetricsEnabled(true)))
            .withMetrics(new MicrometerMetricsFactory(registry))
            .build();
  }

  /**
   * Starts a server and its reader.
   *
   * @param probes other parts of the process, by name; each returns quickly whether it runs
   * @throws RunException when topics are missing or the port is taken
   * @throws KafkaException when Kafka does not answer
   */
  public static StatusServer start(
      KafkaCluster cluster, StatusConfig config, Map<String, BooleanSupplier> probes) {
    try (Admin admin = cluster.admin()) {
      cluster.requireTopics(admin);
    }
    StatusServer server = new StatusServer(cluster, config, probes);
    try {
      server.listen();
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
    server.reader.start();
    return server;
  }

  private void listen() {
    HttpServerOptions options =
        new HttpServerOptions()
            .setHost(config.host())
            .setPort(config.port())
            .setIdleTimeout(IDLE_SECONDS)
            .setCompressionSupported(true);
    port =
        await(
                vertx.createHttpServer(options).requestHandler(router()).listen(),
                "cannot serve the status page at %s:%d; choose another port with --port (0 for any free port)"
                    .formatted(config.host(), config.port()))
            .actualPort();
  }

  private Router router() {
    EventStream events = new EventStream(vertx);
    board.listen(events::send);
    Gauge.builder("rivulet.status.clients", events, EventStream::clients)
        .description("clients of the event stream")
        .register(registry);
    RunMeters meters = new RunMeters(registry, board);

    Router router = Router.router(vertx);
    ReadOnlySite.guard(router);
    router.route("/health/*").subRouter(health.router(vertx));
    router
        .get("/metrics")
        .handler(
            ctx -> {
              meters.refresh();
              ctx.next();
            })
        .handler(PrometheusScrapingHandler.create(registry));
    router.get("/api/v1/events").handler(events::accept);
    router.route("/api/v1/*").subRouter(new StatusApi(board).router(vertx));
    PageFiles.load().serve(router);
    return router;
  }

  private void countUnreadable(String topic) {
    registry.counter("rivulet.status.unreadable", "topic", topic).increment();
  }

  /** Returns the port of the server. */
  public int port() {
    return port;
  }

  /** Returns the address of the page. */
  public String url() {
    return "http://%s:%d/".formatted(config.host(), port);
  }

  /** Stops the server and the reader, and waits for the end of both. */
  @Override
  public void close() {
    reader.close();
    health.close();
    await(vertx.close(), "the status server does not stop");
    registry.close();
  }

  private static <T> T await(Future<T> future, String otherwise) {
    try {
      return future.await(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new RunException(otherwise + ": no answer in time", e);
    } catch (Exception e) {
      // Vert.x throws the failure of the future, checked or not.
      throw new RunException(otherwise + ": " + e.getMessage(), e);
    }
  }
}
