package dev.rivulet.ops.status;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.schemas.broker.Eventually;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/** One page in a headless Chromium, driven over the DevTools protocol. */
final class HeadlessBrowser implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long ANSWER_SECONDS = 30;

  private final Process process;
  private final Path profile;
  private final WebSocket socket;
  private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
  private final List<String> complaints = new CopyOnWriteArrayList<>();
  private final AtomicInteger ids = new AtomicInteger();

  private HeadlessBrowser(Process process, Path profile, URI page) {
    this.process = process;
    this.profile = profile;
    socket =
        HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .buildAsync(page, new Answers())
            .orTimeout(ANSWER_SECONDS, TimeUnit.SECONDS)
            .join();
  }

  /** Returns the Chromium of this machine; empty when none is installed. */
  static Optional<Path> executable() {
    return Stream.of("chromium", "chromium-browser", "google-chrome")
        .map(name -> Path.of("/usr/bin", name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Starts a Chromium, opens a page in a window of the given size, and waits until it is there. */
  static HeadlessBrowser open(Path chromium, URI page, int width, int height)
      throws IOException, InterruptedException {
    Path profile = Files.createTempDirectory("rivulet-browser");
    List<String> command =
        List.of(
            chromium.toString(),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--remote-debugging-port=0",
            "--user-data-dir=" + profile,
            "--window-size=%d,%d".formatted(width, height),
            "about:blank");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(profile.resolve("log").toFile())
            .start();
    HeadlessBrowser browser = new HeadlessBrowser(process, profile, blankPage(process, profile));
    for (String domain : List.of("Runtime", "Log", "Page", "Network")) {
      browser.call(domain + ".enable", Map.of());
    }
    browser.resize(width, height);
    browser.call("Page.navigate", Map.of("url", page.toString()));
    Eventually.await(
        "the page is loaded",
        () ->
            browser
                .evaluate("location.protocol === 'http:' && document.readyState === 'complete'")
                .asBoolean());
    return browser;
  }

  /** Returns the address at which the browser lets its only page be driven. */
  private static URI blankPage(Process process, Path profile)
      throws IOException, InterruptedException {
    Path port = profile.resolve("DevToolsActivePort");
    Eventually.await(
        "chromium opens its port",
        () -> {
          if (!process.isAlive()) {
            throw new IOException("chromium ended: " + Files.readString(profile.resolve("log")));
          }
          return Files.exists(port) && Files.size(port) > 0;
        });
    URI list =
        URI.create("http://127.0.0.1:%s/json/list".formatted(Files.readAllLines(port).get(0)));
    AtomicReference<URI> page = new AtomicReference<>(list);
    Eventually.await(
        "chromium has a page",
        () -> {
          String targets =
              HttpClient.newHttpClient()
                  .send(HttpRequest.newBuilder(list).build(), HttpResponse.BodyHandlers.ofString())
                  .body();
          for (JsonNode target : JSON.readTree(targets)) {
            if (target.path("type").asText().equals("page")) {
              page.set(URI.create(target.path("webSocketDebuggerUrl").asText()));
              return true;
            }
          }
          return false;
        });
    return requireNonNull(page.get());
  }

  /** Returns the value of a JavaScript expression in the page; promises are awaited. */
  JsonNode evaluate(String expression) {
    JsonNode answer =
        call(
            "Runtime.evaluate",
            Map.of("expression", expression, "returnByValue", true, "awaitPromise", true));
    if (answer.has("exceptionDetails")) {
      throw new AssertionError(expression + ": " + answer.get("exceptionDetails"));
    }
    return answer.path("result").path("value");
  }

  /** Returns what the page wrote to the console as an error, failed to load, or threw. */
  List<String> complaints() {
    return List.copyOf(complaints);
  }

  void resize(int width, int height) {
    call(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 600));
  }

  void prefer(String scheme) {
    call(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
  }

  /** Returns a PNG of the whole page. */
  byte[] screenshot() {
    JsonNode shot =
        call("Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", true));
    return Base64.getDecoder().decode(shot.path("data").asText());
  }

  private JsonNode call(String method, Map<String, Object> parameters) {
    int id = ids.incrementAndGet();
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    answers.put(id, answer);
    try {
      String message =
          JSON.writeValueAsString(Map.of("id", id, "method", method, "params", parameters));
      socket.sendText(message, true).orTimeout(ANSWER_SECONDS, TimeUnit.SECONDS).join();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return answer.orTimeout(ANSWER_SECONDS, TimeUnit.SECONDS).join();
  }

  /** Sorts what the browser says into answers and complaints. */
  private final class Answers implements WebSocket.Listener {
    private final StringBuilder message = new StringBuilder();

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
      message.append(part);
      if (last) {
        try {
          take(JSON.readTree(message.toString()));
        } catch (IOException e) {
          complaints.add("unreadable: " + message);
        }
        message.setLength(0);
      }
      from.request(1);
      return null;
    }

    private void take(JsonNode said) {
      CompletableFuture<JsonNode> answer = answers.remove(said.path("id").asInt());
      if (answer != null) {
        answer.complete(said.has("error") ? said.get("error") : said.path("result"));
        return;
      }
      JsonNode parameters = said.path("params");
      boolean bad =
          switch (said.path("method").asText()) {
            case "Runtime.exceptionThrown" -> true;
            case "Runtime.consoleAPICalled" -> parameters.path("type").asText().equals("error");
            case "Log.entryAdded" ->
                parameters.path("entry").path("level").asText().equals("error");
            case "Network.requestWillBeSent" -> foreign(parameters);
            default -> false;
          };
      if (bad) {
        complaints.add(parameters.toString());
      }
    }

    /** Returns whether the page asks another host for something. */
    private boolean foreign(JsonNode parameters) {
      String url = parameters.path("request").path("url").asText();
      return !url.startsWith("http://127.0.0.1:") && !url.startsWith("data:");
    }
  }

  @Override
  public void close() throws IOException {
    socket.abort();
    process.descendants().forEach(ProcessHandle::destroy);
    process.destroy();
    process.onExit().orTimeout(ANSWER_SECONDS, TimeUnit.SECONDS).join();
    Utils.delete(profile.toFile());
  }
}
