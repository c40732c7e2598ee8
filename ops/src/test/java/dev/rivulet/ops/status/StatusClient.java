package dev.rivulet.ops.status;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.rivulet.schemas.broker.Eventually;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;

/** An HTTP client of one status server. */
final class StatusClient {
  static final StatusConfig ANY_PORT = new StatusConfig("127.0.0.1", 0);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient client = HttpClient.newHttpClient();
  private final URI base;

  StatusClient(String url) {
    base = URI.create(url);
  }

  static JsonNode parse(String json) throws IOException {
    return JSON.readTree(json);
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(base.resolve(path));
  }

  <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> body)
      throws IOException, InterruptedException {
    return client.send(request, body);
  }

  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return send(request(path).build(), HttpResponse.BodyHandlers.ofString());
  }

  String text(String path) throws IOException, InterruptedException {
    return get(path).body();
  }

  JsonNode json(String path) throws IOException, InterruptedException {
    return parse(text(path));
  }

  /** Sends requests until the answer satisfies a condition, and returns the answer. */
  JsonNode await(String path, Predicate<JsonNode> wanted) {
    AtomicReference<JsonNode> answer = new AtomicReference<>(MissingNode.getInstance());
    Eventually.await(
        path,
        () -> {
          answer.set(json(path));
          return wanted.test(answer.get());
        });
    return requireNonNull(answer.get());
  }
}
