package dev.rivulet.ops.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.ops.demo.GrammarExamples.Example;
import dev.rivulet.ops.model.MavenArtifact;
import dev.rivulet.schemas.codec.Digests;
import dev.rivulet.schemas.failure.UsageException;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * A labelled data set of real sentences, half of them incorrect: the examples of LanguageTool's
 * English grammar rules (LGPL-2.1), each with its correction.
 *
 * <p>No sentence occurs twice. Both sentences of a pair are in the same split, so training sees
 * nothing of the evaluation split. A hash of the pair determines order and split: any prefix of the
 * set is a random sample of it, the same on every machine.
 */
public final class AcceptabilityPairs {
  /** The classes. */
  public static final List<String> LABELS = List.of("wrong", "right");

  static final MavenArtifact SOURCE = MavenArtifact.parse("org.languagetool:language-en:6.4");

  private static final String GRAMMAR = "org/languagetool/rules/en/grammar.xml";

  /** Shorter examples are words, not sentences. */
  private static final int MIN_WORDS = 3;

  /** One pair of this many is for evaluation. */
  private static final int EVAL_SHARE = 10;

  private static final ObjectMapper JSON = new ObjectMapper();

  private AcceptabilityPairs() {}

  /** Returns whether a home folder has the data set. */
  static boolean isDone(Path home) {
    return Files.isRegularFile(file(home));
  }

  private static Path file(Path home) {
    return home.resolve("data/acceptability.jsonl");
  }

  /**
   * Returns the data set as a JSON Lines file; creates it if necessary.
   *
   * @param home the file goes to its folder {@code data}, the source jar to {@code downloads}
   * @throws IOException when the source cannot be downloaded; the message gives a remedy
   */
  public static Path prepare(Path home) throws IOException {
    Path file = file(home);
    if (!isDone(home)) {
      Path jar = SOURCE.fetch(home.resolve("downloads"));
      Files.createDirectories(home.resolve("data"));
      Files.writeString(
          home.resolve("data/NOTICE"),
          "acceptability.jsonl: example sentences of LanguageTool (%s, %s), LGPL-2.1\n"
              .formatted(SOURCE.coordinates(), GRAMMAR));
      write(select(examples(jar)), file);
    }
    return file;
  }

  private static List<Example> examples(Path jar) throws IOException {
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      ZipEntry entry = zip.getEntry(GRAMMAR);
      if (entry == null) {
        throw new UsageException("%s does not contain %s".formatted(jar, GRAMMAR));
      }
      try (InputStream in = zip.getInputStream(entry)) {
        return GrammarExamples.read(jar + "!" + GRAMMAR, in);
      }
    }
  }

  /** Returns the examples that are usable pairs, in the order of their hash. */
  static List<Example> select(List<Example> examples) {
    Set<String> seen = new HashSet<>();
    List<Example> pairs = new ArrayList<>();
    for (Example example : examples) {
      boolean sentences =
          words(example.wrong()) >= MIN_WORDS && words(example.right()) >= MIN_WORDS;
      if (sentences && !seen.contains(example.wrong()) && !seen.contains(example.right())) {
        seen.add(example.wrong());
        seen.add(example.right());
        pairs.add(example);
      }
    }
    pairs.sort(Comparator.comparingLong(pair -> hash(pair).getLong(0)));
    return pairs;
  }

  /** Writes the samples: pair by pair, the wrong sentence first. */
  static void write(List<Example> pairs, Path file) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try (BufferedWriter out = Files.newBufferedWriter(part)) {
      for (Example pair : pairs) {
        for (String label : LABELS) {
          out.write(JSON.writeValueAsString(fields(pair, label)));
          out.write('\n');
        }
      }
    }
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private static Map<String, String> fields(Example pair, String label) {
    ByteBuffer hash = hash(pair);
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("text", label.equals("wrong") ? pair.wrong() : pair.right());
    fields.put("label", label);
    fields.put(
        "split", Integer.remainderUnsigned(hash.getInt(8), EVAL_SHARE) == 0 ? "eval" : "train");
    fields.put("example", Long.toHexString(hash.getLong(0)));
    fields.put("rule", pair.rule());
    return fields;
  }

  /** Returns a hash of the right sentence: bytes 0 to 7 give the order, 8 to 11 the split. */
  private static ByteBuffer hash(Example pair) {
    return ByteBuffer.wrap(Digests.sha256("rivulet acceptability 1\n" + pair.right()).bytes());
  }

  private static int words(String sentence) {
    return sentence.split(" ", -1).length;
  }
}
