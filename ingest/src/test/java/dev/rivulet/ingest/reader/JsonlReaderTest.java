package dev.rivulet.ingest.reader;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.schemas.record.Sample;
import dev.rivulet.schemas.record.Split;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonlReaderTest {
  private static final String GOOD = "{\"text\":\"good\"}";

  @Test
  void next_allFields_becomeTheSample() throws IOException {
    Readings readings =
        Readings.of(
            Format.JSONL,
            """
            {"text":"a","pair":"b","label":"yes","split":"eval","licence":"MIT","n":[1,2],"x":null}
            """);

    assertThat(readings.samples())
        .containsExactly(
            new Sample(
                "a",
                "b",
                "yes",
                Split.EVAL,
                Map.of("licence", "MIT", "n", "[1,2]", "file", "stdin", "line", "1")));
  }

  @Test
  void next_otherFieldNames_areUsed() throws IOException {
    FieldNames names = new FieldNames("t", "p", "s", "part");
    byte[] line = "{\"t\":\"a\",\"s\":3,\"text\":\"extra\"}".getBytes(StandardCharsets.UTF_8);

    Sample sample = Readings.of(Format.JSONL, line, names).samples().get(0);

    assertThat(sample.getText()).isEqualTo("a");
    assertThat(sample.getLabel()).isEqualTo("3");
    assertThat(sample.getAttributes()).containsEntry("text", "extra");
  }

  @Test
  void next_byteOrderMarkCrLfBlankLinesNoLastLineFeed_areAccepted() throws IOException {
    Readings readings =
        Readings.of(Format.JSONL, "\uFEFF{\"text\":\"a\"}\r\n\r\n \t\n\n{\"text\":\"b\"}");

    assertThat(readings.texts()).containsExactly("a", "b");
    assertThat(readings.all()).extracting(Reading::line).containsExactly(1L, 5L);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"label\":\"x\"}                    | field 'text' is missing",
        "{\"text\":\" \"}                     | field 'text' is empty",
        "{\"text\":null}                      | field 'text' is empty",
        "{\"text\":7}                         | field 'text' is a number, not a string",
        "{\"text\":\"a\",\"pair\":[1]}        | field 'pair' is an array, not a string",
        "{\"text\":\"a\",\"label\":1.5}       | field 'label' is a number, not a string",
        "{\"text\":\"a\",\"split\":\"other\"} | field 'split' is 'other': use train or eval",
        "{\"text\":\"a\",\"text\":\"b\"}      | not JSON: Duplicate field 'text'",
        "{\"text\":\"a\"} {\"text\":\"b\"}    | not JSON: Trailing token",
        "{\"text\":\"a                        | not JSON: Unexpected end-of-input",
        "{\"text\":\"\\ud800\"}               | field 'text' contains an unpaired surrogate",
        "[1]                                  | not a JSON object",
        "hello                                | not JSON: Unrecognized token 'hello'",
      })
  void next_malformedLine_isRejectedWithReasonAndLine(String line, String reason)
      throws IOException {
    Readings readings = Readings.of(Format.JSONL, GOOD + "\n" + line + "\r\n" + GOOD + "\n");

    assertThat(readings.texts()).containsExactly("good", "good");
    assertThat(readings.reason(2)).startsWith(reason);
    assertThat(readings.rejected()).containsExactly(line);
  }

  @Test
  void next_badUtf8_isRejectedWithItsBytes() throws IOException {
    byte[] bytes = "{\"text\":\"a?\"}\n{\"text\":\"b\"}\n".getBytes(StandardCharsets.UTF_8);
    bytes[10] = (byte) 0xFF;

    Readings readings = Readings.of(Format.JSONL, bytes, FieldNames.DEFAULT);

    assertThat(readings.texts()).containsExactly("b");
    assertThat(readings.reason(1)).isEqualTo("not UTF-8: bad sequence after 10 bytes");
    assertThat(readings.rejections().get(0).bytes()).hasSize(13).contains(0xFF);
  }

  @Test
  void next_deepNesting_isRejected() throws IOException {
    String deep = "{\"text\":\"a\",\"x\":" + "[".repeat(5000) + "]".repeat(5000) + "}";

    assertThat(Readings.of(Format.JSONL, deep).reason(1)).contains("nesting depth");
  }

  @ParameterizedTest
  @ValueSource(ints = {900_001, 1_000_000, 1_000_001, 3_456_789})
  void next_oversizeLine_isRejectedWholeInPieces(int length) throws IOException {
    String line = "{\"text\":\"" + "x".repeat(length - 11) + "\"}";

    Readings readings = Readings.of(Format.JSONL, GOOD + "\n" + line + "\n" + GOOD);

    assertThat(readings.texts()).containsExactly("good", "good");
    assertThat(String.join("", readings.rejected())).isEqualTo(line);
    assertThat(readings.rejections())
        .hasSize((length + 999_999) / 1_000_000)
        .allMatch(piece -> piece.line() == 2)
        .allMatch(piece -> piece.letter().reason().contains("longer than 900,000 bytes"));
    assertThat(readings.all().get(readings.all().size() - 1).line()).isEqualTo(3);
  }

  @Test
  void next_longestLine_isAccepted() throws IOException {
    String text = "x".repeat(900_000 - 11);

    assertThat(Readings.of(Format.JSONL, "{\"text\":\"" + text + "\"}").texts())
        .containsExactly(text);
  }

  @Test
  void next_emptyInput_returnsNull() throws IOException {
    assertThat(Readings.of(Format.JSONL, "").all()).isEmpty();
    assertThat(Readings.of(Format.JSONL, "\uFEFF").all()).isEmpty();
    assertThat(Readings.of(Format.JSONL, "\n").all()).isEmpty();
  }
}
