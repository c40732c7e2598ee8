package dev.rivulet.ops.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.ops.status.board.Records;
import dev.rivulet.ops.status.board.RunBoard;
import dev.rivulet.ops.status.board.RunUpdate;
import dev.rivulet.schemas.broker.Eventually;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EventStreamTest {
  private static final int LARGE = 3_000;

  private final Vertx vertx = Vertx.vertx();
  private final EventStream events = new EventStream(vertx);
  private int port;

  @BeforeEach
  void serve() throws Exception {
    Router router = Router.router(vertx);
    router.get("/events").handler(events::accept);
    port =
        vertx
            .createHttpServer()
            .requestHandler(router)
            .listen(0, "127.0.0.1")
            .await(10, TimeUnit.SECONDS)
            .actualPort();
  }

  @AfterEach
  void stop() throws Exception {
    vertx.close().await(10, TimeUnit.SECONDS);
  }

  @Test
  void send_clientThatDoesNotRead_dropsUpdatesAndLaterTellsItToResync() throws Exception {
    try (Socket slow = connect("/events")) {
      RunUpdate update = update("run");
      for (int i = 0; i < 60; i++) {
        events.send(update);
      }
      BufferedReader reader = reader(slow);
      int updates = 0;
      String line = reader.readLine();
      while (!line.equals("event: resync")) {
        updates += line.equals("event: update") ? 1 : 0;
        line = reader.readLine();
      }
      assertThat(updates).as("updates that were sent, of 60").isBetween(1, 59);
      assertThat(reader.readLine()).isEqualTo("data: {\"run\":\"run\"}");
    }
  }

  @Test
  void send_clientOfOneRun_getsThatRunOnly() throws Exception {
    try (Socket client = connect("/events?run=mine")) {
      events.send(update("other"));
      events.send(update("mine"));
      BufferedReader reader = reader(client);
      String line = reader.readLine();
      while (!line.startsWith("data: ")) {
        line = reader.readLine();
      }
      assertThat(line).startsWith("data: {\"summary\":{\"run\":\"mine\"");
    }
  }

  @Test
  void accept_clientThatLeaves_isForgotten() throws Exception {
    connect("/events").close();
    Eventually.await(
        "the client is removed",
        () -> {
          events.send(update("run"));
          return events.clients() == 0;
        });
  }

  /** Connects, and returns when the server has registered the client. */
  private Socket connect(String path) throws IOException, InterruptedException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(4_096);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    String request = "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n".formatted(path);
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    Eventually.await("the client is connected", () -> events.clients() > 0);
    return socket;
  }

  private static BufferedReader reader(Socket socket) throws IOException {
    return new BufferedReader(
        new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
  }

  /** Returns an update of several hundred kilobytes. */
  private static RunUpdate update(String run) {
    RunBoard board = new RunBoard();
    List<RunUpdate> updates = new ArrayList<>();
    board.listen(updates::add);
    Records records = new Records(run);
    for (int step = 1; step <= LARGE; step++) {
      board.apply(records.step(0, step).build());
    }
    board.publish();
    return updates.get(0);
  }
}
