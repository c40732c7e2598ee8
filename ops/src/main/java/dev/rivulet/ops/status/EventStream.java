package dev.rivulet.ops.status;

import dev.rivulet.ops.status.board.RunUpdate;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The server-sent events: every update of all runs or of one. A client that reads too slowly misses
 * updates, and gets the event {@code resync} when it reads again.
 */
final class EventStream {
  private static final int CLIENTS = 100;
  private static final long HEARTBEAT_MILLIS = 10_000;

  private final Set<Client> clients = ConcurrentHashMap.newKeySet();

  EventStream(Vertx vertx) {
    vertx.setPeriodic(HEARTBEAT_MILLIS, timer -> clients.forEach(Client::beat));
  }

  /** Returns the number of connected clients. */
  int clients() {
    return clients.size();
  }

  /** Connects a client. */
  void accept(RoutingContext ctx) {
    if (clients.size() >= CLIENTS) {
      StatusApi.fail(
          ctx, 503, "the limit of %d clients is reached: try again later".formatted(CLIENTS));
      return;
    }
    HttpServerResponse response = ctx.response();
    response
        .setChunked(true)
        .putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream")
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
        // Compression would delay events.
        .putHeader(HttpHeaders.CONTENT_ENCODING, HttpHeaders.IDENTITY);
    Client client =
        new Client(ctx.vertx().getOrCreateContext(), response, ctx.request().getParam("run"));
    response.closeHandler(closed -> clients.remove(client));
    response.exceptionHandler(lost -> clients.remove(client));
    response.drainHandler(drained -> client.resync());
    clients.add(client);
    response.write("retry: 2000\n\n");
  }

  /** Sends an update to the clients that listen to its run; any thread may call it. */
  void send(RunUpdate update) {
    if (!clients.isEmpty()) {
      String run = update.summary().run();
      String event = "event: update\ndata: " + StatusJson.of(update) + "\n\n";
      clients.forEach(client -> client.context.runOnContext(now -> client.offer(run, event)));
    }
  }

  /** A connected client; its methods run on its own context. */
  private static final class Client {
    private final Context context;
    private final HttpServerResponse response;
    private final @Nullable String wanted;
    private final Set<String> missed = new LinkedHashSet<>();

    Client(Context context, HttpServerResponse response, @Nullable String wanted) {
      this.context = context;
      this.response = response;
      this.wanted = wanted;
    }

    void offer(String run, String event) {
      if (wanted != null && !wanted.equals(run)) {
        return;
      }
      if (response.writeQueueFull()) {
        missed.add(run);
      } else {
        response.write(event);
      }
    }

    void resync() {
      missed.forEach(
          run ->
              response.write("event: resync\ndata: " + StatusJson.of(Map.of("run", run)) + "\n\n"));
      missed.clear();
    }

    void beat() {
      context.runOnContext(
          now -> {
            if (!response.writeQueueFull()) {
              response.write("event: beat\ndata: {}\n\n");
            }
          });
    }
  }
}
