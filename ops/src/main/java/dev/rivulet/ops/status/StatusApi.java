package dev.rivulet.ops.status;

import dev.rivulet.ops.status.board.LayerView;
import dev.rivulet.ops.status.board.RunBoard;
import dev.rivulet.ops.status.board.RunFold;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.HttpException;
import java.util.Map;
import java.util.function.Function;

/** The JSON routes over a board. */
final class StatusApi {
  private final RunBoard board;

  StatusApi(RunBoard board) {
    this.board = board;
  }

  /** Returns the routes, relative to their mount point. */
  Router router(Vertx vertx) {
    Router router = Router.router(vertx);
    router.get("/runs").handler(ctx -> send(ctx, 200, Map.of("runs", board.runs())));
    router.get("/runs/:run").handler(show(RunFold::summary));
    router.get("/runs/:run/steps").handler(this::steps);
    router
        .get("/runs/:run/evaluations")
        .handler(show(history -> Map.of("evaluations", history.evaluations())));
    router.get("/runs/:run/layers").handler(show(run -> Map.of("layers", run.layers())));
    router.get("/runs/:run/layers/:layer").handler(this::layer);
    router
        .get("/runs/:run/checkpoints")
        .handler(show(run -> Map.of("checkpoints", run.checkpoints())));
    router
        .get("/runs/:run/commands")
        .handler(show(run -> Map.of("commands", run.commands(), "notes", run.notes())));
    return router;
  }

  private Handler<RoutingContext> show(Function<RunFold, Object> look) {
    return ctx -> send(ctx, 200, look(ctx, look));
  }

  private <R> R look(RoutingContext ctx, Function<RunFold, R> look) {
    String run = ctx.pathParam("run");
    return board
        .look(run, look)
        .orElseThrow(
            () ->
                new HttpException(404, "no run '%s'; /api/v1/runs lists the runs".formatted(run)));
  }

  private void steps(RoutingContext ctx) {
    long from = number(ctx, "from", 0, Long.MAX_VALUE, 0);
    long limit = number(ctx, "limit", 1, RunFold.STEPS, RunFold.STEPS);
    send(ctx, 200, Map.of("steps", look(ctx, run -> run.steps(from, (int) limit))));
  }

  private void layer(RoutingContext ctx) {
    String layer = ctx.pathParam("layer");
    LayerView view =
        look(ctx, run -> run.layer(layer))
            .orElseThrow(
                () ->
                    new HttpException(
                        404, "no layer '%s' in run '%s'".formatted(layer, ctx.pathParam("run"))));
    send(ctx, 200, view);
  }

  private static long number(RoutingContext ctx, String name, long min, long max, long otherwise) {
    String given = ctx.request().getParam(name);
    if (given == null) {
      return otherwise;
    }
    try {
      long value = Long.parseLong(given);
      if (value >= min && value <= max) {
        return value;
      }
    } catch (NumberFormatException e) {
      // The exception below names the range.
    }
    throw new HttpException(
        400, "%s=%s: use a whole number from %d to %d".formatted(name, given, min, max));
  }

  /** Answers with a value as JSON. */
  static void send(RoutingContext ctx, int status, Object value) {
    ctx.response()
        .setStatusCode(status)
        .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
        .end(StatusJson.of(value));
  }

  /** Answers with an error as JSON. */
  static void fail(RoutingContext ctx, int status, String error) {
    if (!ctx.response().ended()) {
      send(ctx, status, Map.of("error", error));
    }
  }
}
