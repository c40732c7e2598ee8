package dev.rivulet.ops.status;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.zip.CRC32;

/** The files of the page and the chart library, in memory. */
final class PageFiles {
  private static final List<String> OWN =
      List.of(
          "index.html",
          "status.css",
          "favicon.svg",
          "page.js",
          "head.js",
          "tables.js",
          "charts.js",
          "heatmap.js",
          "metric.js",
          "feed.js",
          "format.js");
  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "svg", "image/svg+xml");

  private record PageFile(String type, String tag, Buffer content) {}

  private final Map<String, PageFile> files = new HashMap<>();

  private PageFiles() {}

  /** Reads the files from the class path. */
  static PageFiles load() {
    PageFiles page = new PageFiles();
    OWN.forEach(name -> page.add("/" + name, "/status/" + name));
    page.add("/chart.umd.js", chartLibrary() + "/chart.umd.js");
    return page;
  }

  private void add(String path, String resource) {
    byte[] bytes = read(resource);
    CRC32 sum = new CRC32();
    sum.update(bytes);
    String type = TYPES.get(path.substring(path.lastIndexOf('.') + 1));
    if (type == null) {
      throw new IllegalArgumentException("no content type for " + path);
    }
    files.put(path, new PageFile(type, "\"%08x\"".formatted(sum.getValue()), Buffer.buffer(bytes)));
  }

  /** Adds a route for each file; the page itself is at the root. */
  void serve(Router router) {
    files.forEach((path, file) -> router.get(path).handler(ctx -> send(ctx, file)));
    router.get("/").handler(ctx -> ctx.reroute("/index.html"));
  }

  private static void send(RoutingContext ctx, PageFile file) {
    HttpServerResponse response =
        ctx.response()
            .putHeader(HttpHeaders.CONTENT_TYPE, file.type())
            .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
            .putHeader(HttpHeaders.ETAG, file.tag());
    if (file.tag().equals(ctx.request().getHeader(HttpHeaders.IF_NONE_MATCH))) {
      response.setStatusCode(304).end();
    } else {
      response.end(file.content());
    }
  }

  /** Returns the folder of the chart library on the class path; its name contains the version. */
  private static String chartLibrary() {
    Properties properties = new Properties();
    String about =
        new String(
            read("/META-INF/maven/org.webjars.npm/chart.js/pom.properties"),
            StandardCharsets.ISO_8859_1);
    try {
      properties.load(new StringReader(about));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return "/META-INF/resources/webjars/chart.js/%s/dist".formatted(properties.get("version"));
  }

  private static byte[] read(String resource) {
    try (InputStream in = PageFiles.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("not on the class path: " + resource);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
