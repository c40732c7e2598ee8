package dev.rivulet.ops.status;

import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.HttpException;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The common part of all routes: GET only, security headers, and errors as JSON. */
final class ReadOnlySite {
  private static final Logger LOG = LoggerFactory.getLogger(ReadOnlySite.class);
  private static final Map<String, String> HEADERS =
      Map.of(
          "Content-Security-Policy",
          "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
          "X-Content-Type-Options",
          "nosniff",
          "X-Frame-Options",
          "DENY",
          "Referrer-Policy",
          "no-referrer",
          "Cross-Origin-Resource-Policy",
          "same-origin");

  private ReadOnlySite() {}

  /** Adds the handlers before every route and after a failed one. */
  static void guard(Router router) {
    router
        .route()
        .handler(
            ctx -> {
              ctx.response().headers().setAll(HEADERS);
              if (ctx.request().method().equals(HttpMethod.GET)) {
                ctx.next();
              } else {
                ctx.response().putHeader("Allow", "GET");
                StatusApi.fail(ctx, 405, "read-only: use GET");
              }
            })
        .failureHandler(ReadOnlySite::explain);
    router.errorHandler(404, ctx -> StatusApi.fail(ctx, 404, "nothing at " + ctx.request().path()));
  }

  private static void explain(RoutingContext ctx) {
    Throwable failure = ctx.failure();
    if (failure instanceof HttpException known) {
      StatusApi.fail(ctx, known.getStatusCode(), String.valueOf(known.getPayload()));
    } else if (failure != null) {
      LOG.error("GET {} failed", ctx.request().path(), failure);
      StatusApi.fail(ctx, 500, "the server failed; its log has the reason");
    } else {
      StatusApi.fail(ctx, ctx.statusCode(), "nothing at " + ctx.request().path());
    }
  }
}
