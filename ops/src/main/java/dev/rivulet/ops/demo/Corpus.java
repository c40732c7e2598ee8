package dev.rivulet.ops.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.ingest.reader.FieldNames;
import dev.rivulet.ingest.reader.Input;
import dev.rivulet.ingest.reader.Texts;
import dev.rivulet.schemas.codec.Digests;
import dev.rivulet.schemas.failure.UsageException;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Texts for training a language model, and texts for testing it.
 *
 * @param train texts for training
 * @param eval held-out texts, none of which is in {@code train}
 */
public record Corpus(List<String> train, List<String> eval) {
  /** Size of the held-out texts in bytes, at most a tenth of the corpus. */
  private static final long EVAL_BYTES = 150_000;

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Reads a corpus. Duplicates are removed. The texts are ordered by their hash, so any prefix is a
   * random sample, the same on every machine. The first texts are held out.
   *
   * @param files plain text, JSON Lines, CSV, or folders of them
   * @param limit the largest number of texts
   * @throws IOException when they cannot be read or are too few
   */
  static Corpus read(List<Path> files, int limit) throws IOException {
    List<String> all = new ArrayList<>();
    Texts.forEach(Input.find(files, null), FieldNames.DEFAULT, sample -> all.add(sample.getText()));
    List<String> texts = select(all, limit);
    if (texts.size() < 2) {
      throw new UsageException(
          "%s: fewer than two texts (in a .txt file, empty lines separate them)".formatted(files));
    }
    return split(texts);
  }

  /** Returns some of the texts, in the order of their hash. */
  static List<String> select(List<String> texts, int limit) {
    record Hashed(long hash, String text) {}
    return texts.stream()
        .distinct()
        .map(text -> new Hashed(hash(text), text))
        .sorted(Comparator.comparingLong(Hashed::hash).thenComparing(Hashed::text))
        .limit(limit)
        .map(Hashed::text)
        .toList();
  }

  private static Corpus split(List<String> texts) {
    long held = 0;
    long most = Math.min(EVAL_BYTES, bytes(texts) / 10);
    int next = 0;
    while (next == 0 || (held < most && next < texts.size() - 1)) {
      held += bytes(texts.subList(next, ++next));
    }
    return new Corpus(texts.subList(next, texts.size()), texts.subList(0, next));
  }

  /** Writes the texts as samples, each with its split. */
  void write(Path file) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      write(out, eval, "eval");
      write(out, train, "train");
    }
  }

  private static void write(BufferedWriter out, List<String> texts, String split)
      throws IOException {
    for (String text : texts) {
      Map<String, String> fields = new LinkedHashMap<>();
      fields.put("text", text);
      fields.put("split", split);
      out.write(JSON.writeValueAsString(fields));
      out.write('\n');
    }
  }

  /** Returns the bytes of the training texts. */
  long trainBytes() {
    return bytes(train);
  }

  private static long bytes(List<String> texts) {
    return texts.stream().mapToLong(text -> text.getBytes(StandardCharsets.UTF_8).length).sum();
  }

  private static long hash(String text) {
    return ByteBuffer.wrap(Digests.sha256("rivulet corpus 1\n" + text).bytes()).getLong();
  }
}
