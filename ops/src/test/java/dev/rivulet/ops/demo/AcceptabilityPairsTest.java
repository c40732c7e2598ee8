package dev.rivulet.ops.demo;

import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.ops.demo.GrammarExamples.Example;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AcceptabilityPairsTest {
  private static final List<Example> MANY =
      IntStream.range(0, 1000)
          .mapToObj(i -> new Example("R", "wrong sentence number " + i, "right sentence no. " + i))
          .toList();

  @TempDir Path folder;

  @Test
  void select_repeatedSentences_areSkipped() {
    Example first = new Example("A", "one two three", "one two four");
    List<Example> pairs =
        AcceptabilityPairs.select(
            List.of(
                first,
                new Example("B", "one two three", "something else here"),
                new Example("C", "a new wrong", "one two four"),
                new Example("D", "one two four", "what was right"),
                new Example("E", "two words", "three words here")));
    assertThat(pairs).containsExactly(first);
  }

  @Test
  void select_anySourceOrder_givesTheSameOrder() {
    List<Example> reversed = new ArrayList<>(MANY);
    Collections.reverse(reversed);
    assertThat(AcceptabilityPairs.select(reversed))
        .isEqualTo(AcceptabilityPairs.select(MANY))
        .isNotEqualTo(MANY);
  }

  @Test
  void write_pairs_shareTheirSplit() throws Exception {
    List<JsonNode> lines = write();

    assertThat(lines).hasSize(2000);
    assertThat(lines.get(0).path("label").asText()).isEqualTo("wrong");
    assertThat(lines.get(1).path("label").asText()).isEqualTo("right");
    lines.stream()
        .collect(groupingBy(line -> line.path("example").asText()))
        .forEach(
            (pair, both) -> {
              assertThat(both).extracting(line -> line.path("label").asText()).hasSize(2);
              assertThat(both)
                  .extracting(line -> line.path("split").asText())
                  .containsAnyOf("train", "eval")
                  .matches(splits -> new HashSet<>(splits).size() == 1);
            });
    assertThat(count(lines, "split", "eval")).isBetween(130L, 270L);
  }

  /** The real source; skipped without a network and a local copy. */
  @Test
  void prepare_languageTool_givesBalancedUniqueSentences() throws Exception {
    Path jar = Path.of("target", "downloads", AcceptabilityPairs.SOURCE.fileName());
    try {
      AcceptabilityPairs.SOURCE.fetch(Path.of("target", "downloads"));
    } catch (IOException e) {
      Assumptions.abort(e.getMessage());
    }
    Files.createDirectories(folder.resolve("downloads"));
    Files.copy(jar, folder.resolve("downloads").resolve(AcceptabilityPairs.SOURCE.fileName()));

    List<JsonNode> lines = read(AcceptabilityPairs.prepare(folder));

    List<String> texts = lines.stream().map(line -> line.path("text").asText()).toList();
    assertThat(texts).hasSize(16_536);
    assertThat(new HashSet<>(texts)).hasSize(16_536);
    assertThat(count(lines, "label", "right")).isEqualTo(16_536 / 2);
    assertThat(count(lines, "split", "eval")).isEqualTo(1_694);
    Set<String> markup = Set.of("<marker>", "</", "&amp;", "  ");
    assertThat(texts.stream().filter(text -> markup.stream().anyMatch(text::contains))).isEmpty();
    assertThat(folder.resolve("data/NOTICE")).content().contains("LGPL-2.1");
  }

  private List<JsonNode> write() throws IOException {
    Path file = folder.resolve("set.jsonl");
    AcceptabilityPairs.write(AcceptabilityPairs.select(MANY), file);
    return read(file);
  }

  private static long count(List<JsonNode> lines, String field, String value) {
    return lines.stream().filter(line -> line.path(field).asText().equals(value)).count();
  }

  private static List<JsonNode> read(Path file) throws IOException {
    ObjectMapper json = new ObjectMapper();
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      lines.add(json.readTree(line));
    }
    return lines;
  }
}
