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

class CsvReaderTest {
  @Test
  void next_allColumns_becomeTheSample() throws IOException {
    Readings readings =
        Readings.of(
            Format.CSV,
            "\uFEFFlabel, text ,pair,split,licence\r\n1,\"a, \"\"b\"\"\",c,train,MIT\r\n,d,,,\r\n");

    assertThat(readings.samples())
        .containsExactly(
            new Sample(
                "a, \"b\"",
                "c",
                "1",
                Split.TRAIN,
                Map.of("licence", "MIT", "file", "stdin", "line", "2")),
            new Sample("d", null, null, null, Map.of("licence", "", "file", "stdin", "line", "3")));
  }

  @Test
  void next_tabs_separateTsv() throws IOException {
    Readings readings = Readings.of(Format.TSV, "text\tlabel\nan, \"apple\"\tyes\n");

    assertThat(readings.samples().get(0).getText()).isEqualTo("an, \"apple\"");
    assertThat(readings.samples().get(0).getLabel()).isEqualTo("yes");
  }

  @Test
  void next_lineBreaksInQuotes_arePartOfTheText() throws IOException {
    Readings readings =
        Readings.of(Format.CSV, "text,label\n\"one\r\n\r\ntwo\n\",x\r\n\nthree,y\n");

    assertThat(readings.texts()).containsExactly("one\r\n\r\ntwo\n", "three");
    assertThat(readings.all()).extracting(Reading::line).containsExactly(2L, 7L);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"never closed,x     | a quote is never closed",
        "\"closed\" early,x   | not CSV",
        "only one             | 1 fields where the header has 2",
        "a,b,c                | 3 fields where the header has 2",
        "\"\",x               | field 'text' is empty",
      })
  void next_malformedLine_costsThatLineAlone(String line, String reason) throws IOException {
    Readings readings = Readings.of(Format.CSV, "text,label\na,1\n" + line + "\nb,2\nc,3\n");

    assertThat(readings.texts()).containsExactly("a", "b", "c");
    assertThat(readings.reason(3)).startsWith(reason);
    assertThat(readings.rejected()).containsExactly(line);
  }

  @Test
  void next_strayQuoteBeforeQuotedLines_costsThatLineAlone() throws IOException {
    Readings readings =
        Readings.of(Format.CSV, "text,label\n\"stray,1\nb,2\n\"c, d\",3\n\"e\nf\",4\n");

    assertThat(readings.texts()).containsExactly("b", "c, d", "e\nf");
    assertThat(readings.rejected()).containsExactly("\"stray,1");
  }

  @Test
  void next_strayQuoteBeforeMuchText_costsThatLineAlone() throws IOException {
    String line = "x".repeat(99_990) + ",1\n";

    Readings readings = Readings.of(Format.CSV, "text,label\n\"stray,1\n" + line.repeat(20));

    assertThat(readings.texts()).hasSize(20);
    assertThat(readings.rejected()).containsExactly("\"stray,1");
  }

  @Test
  void next_oversizeLine_isRejectedInPieces() throws IOException {
    String line = "x".repeat(2_500_000) + ",1";

    Readings readings = Readings.of(Format.CSV, "text,label\na,1\n" + line + "\nb,2\n");

    assertThat(readings.texts()).containsExactly("a", "b");
    assertThat(String.join("", readings.rejected())).isEqualTo(line);
  }

  @Test
  void next_badUtf8_isRejected() throws IOException {
    byte[] bytes = "text\na?\nb\n".getBytes(StandardCharsets.UTF_8);
    bytes[6] = (byte) 0xC3;

    Readings readings = Readings.of(Format.CSV, bytes, FieldNames.DEFAULT);

    assertThat(readings.texts()).containsExactly("b");
    assertThat(readings.reason(2)).startsWith("not UTF-8");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "txt,label   | the header has no column 'text', only [txt, label]",
        "text,a,a    | the header repeats a column: [text, a, a]",
      })
  void next_unusableHeader_rejectsEveryLine(String header, String reason) throws IOException {
    Readings readings = Readings.of(Format.CSV, header + "\na,1\nb,2\n");

    assertThat(readings.samples()).isEmpty();
    assertThat(readings.rejected()).containsExactly("a,1", "b,2");
    assertThat(readings.rejections()).allMatch(r -> r.letter().reason().equals(reason));
  }

  @Test
  void next_malformedHeader_rejectsItAndEveryLine() throws IOException {
    Readings readings = Readings.of(Format.CSV, "\"text,label\na,1\nb,2\n");

    assertThat(readings.rejected()).containsExactly("\"text,label", "a,1", "b,2");
  }
}
