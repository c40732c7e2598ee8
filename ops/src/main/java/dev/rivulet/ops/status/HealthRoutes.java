package dev.rivulet.ops.status;

import dev.rivulet.schemas.topic.KafkaCluster;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.healthchecks.HealthChecks;
import io.vertx.ext.healthchecks.Status;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.healthchecks.HealthCheckHandler;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;

/** The health routes: alive, and ready with each dependency by name. */
final class HealthRoutes implements AutoCloseable {
  private static final int KAFKA_TIMEOUT_MILLIS = 2_000;

  private final Admin admin;
  private final BoardReader reader;
  private final Map<String, BooleanSupplier> probes;

  HealthRoutes(KafkaCluster cluster, BoardReader reader, Map<String, BooleanSupplier> probes) {
    this.admin = cluster.admin();
    this.reader = reader;
    this.probes = Map.copyOf(probes);
  }

  /** Returns the routes, relative to their mount point. */
  Router router(Vertx vertx) {
    HealthChecks live = HealthChecks.create(vertx);
    live.register("reader", check -> check.complete(status(reader.alive(), "has ended")));

    HealthChecks ready = HealthChecks.create(vertx);
    ready.register("kafka", KAFKA_TIMEOUT_MILLIS + 1_000, check -> kafka().onComplete(check));
    ready.register(
        "reader",
        check ->
            check.complete(
                reader.trouble() == null
                    ? status(reader.caughtUp(), "is reading the records from before its start")
                    : status(false, "cannot read: " + reader.trouble())));
    probes.forEach((name, probe) -> ready.register(name, check -> check.complete(probe(probe))));

    Router router = Router.router(vertx);
    router.get("/live").handler(HealthCheckHandler.createWithHealthChecks(live));
    router.get("/ready").handler(HealthCheckHandler.createWithHealthChecks(ready));
    return router;
  }

  private Future<Status> kafka() {
    return Future.fromCompletionStage(
            admin
                .describeCluster(new DescribeClusterOptions().timeoutMs(KAFKA_TIMEOUT_MILLIS))
                .nodes()
                .toCompletionStage())
        .map(nodes -> Status.OK())
        .recover(
            failure ->
                Future.succeededFuture(status(false, "does not answer: " + failure.getMessage())));
  }

  private static Status probe(BooleanSupplier probe) {
    try {
      return status(probe.getAsBoolean(), "is not running");
    } catch (RuntimeException e) {
      return status(false, "probe failed: " + e.getMessage());
    }
  }

  private static Status status(boolean ok, String otherwise) {
    return ok ? Status.OK() : Status.KO(new JsonObject().put("reason", otherwise));
  }

  @Override
  public void close() {
    admin.close();
  }
}
