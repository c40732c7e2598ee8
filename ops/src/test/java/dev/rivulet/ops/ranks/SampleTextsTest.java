package dev.rivulet.ops.ranks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.ingest.reader.FieldNames;
import dev.rivulet.ingest.reader.Input;
import dev.rivulet.schemas.record.Sample;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleTextsTest {
  private static final int LINES = 12;
  private static final int DRAWS = 1_500;

  @TempDir Path folder;

  /** 4 of 12: each with a probability of 1/3; 8 standard deviations are allowed for. */
  @Test
  void draw_manySeeds_takesEverySampleEquallyOften() throws IOException {
    List<Input> inputs = twoFiles();
    int[] taken = new int[LINES];
    for (int seed = 0; seed < DRAWS; seed++) {
      SampleTexts drawn = SampleTexts.draw(inputs, FieldNames.DEFAULT, 4, seed);
      assertThat(drawn.samples()).extracting(Sample::getText).hasSize(4).doesNotHaveDuplicates();
      drawn.samples().forEach(sample -> taken[Integer.parseInt(sample.getText())]++);
    }
    double expected = DRAWS / 3.0;
    double deviation = Math.sqrt(DRAWS * 2 / 9.0);
    assertThat(taken)
        .satisfies(
            counts ->
                assertThat(IntStream.of(counts).boxed())
                    .allMatch(count -> Math.abs(count - expected) < 8 * deviation));
  }

  @Test
  void draw_fewerThanAskedFor_takesAllAndTellsWhatIsNone() throws IOException {
    SampleTexts drawn = SampleTexts.draw(twoFiles(), FieldNames.DEFAULT, 100, 0);

    assertThat(drawn.samples()).hasSize(LINES);
    assertThat(drawn.read()).isEqualTo(LINES);
    assertThat(drawn.rejected()).isEqualTo(2);
    assertThat(Objects.requireNonNull(drawn.firstRejection()))
        .startsWith(folder.resolve("a.jsonl") + ", line 7: ");
  }

  private List<Input> twoFiles() throws IOException {
    List<String> lines =
        IntStream.range(0, LINES).mapToObj("{\"text\": \"%d\"}"::formatted).toList();
    Files.writeString(
        folder.resolve("a.jsonl"), String.join("\n", lines.subList(0, 6)) + "\n[1]\n{}\n");
    Files.write(folder.resolve("b.jsonl"), lines.subList(6, LINES));
    return Input.find(List.of(folder), null);
  }
}
