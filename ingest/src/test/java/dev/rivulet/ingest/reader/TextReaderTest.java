package dev.rivulet.ingest.reader;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextReaderTest {
  @Test
  void next_emptyLines_separateTexts() throws IOException {
    Readings readings = Readings.of(Format.TXT, "\n \none\n two\r\n\r\n\n\nthree\n");

    assertThat(readings.texts()).containsExactly("one\n two", "three");
    assertThat(readings.all()).extracting(Reading::line).containsExactly(3L, 8L);
    assertThat(readings.samples().get(1).getAttributes())
        .isEqualTo(Map.of("file", "stdin", "line", "8"));
  }

  @Test
  void next_emptyOrBlankInput_returnsNull() throws IOException {
    assertThat(Readings.of(Format.TXT, "").all()).isEmpty();
    assertThat(Readings.of(Format.TXT, "\n\n  \n").all()).isEmpty();
  }

  @Test
  void next_badUtf8_rejectsItsTextOnly() throws IOException {
    byte[] bytes = "good\n\nb?d\nline\n\nbest".getBytes(StandardCharsets.UTF_8);
    bytes[7] = (byte) 0xFF;
    Readings readings = Readings.of(Format.TXT, bytes, FieldNames.DEFAULT);

    assertThat(readings.texts()).containsExactly("good", "best");
    assertThat(readings.reason(3)).isEqualTo("not UTF-8: bad sequence after 1 bytes");
  }

  @Test
  void next_longText_isSplit() throws IOException {
    String line = "x".repeat(400_000);
    Readings readings = Readings.of(Format.TXT, (line + "\n").repeat(3) + "\nend");

    assertThat(readings.texts()).containsExactly(line + "\n" + line, line, "end");
  }

  @Test
  void next_lineTooLong_isRejectedAlone() throws IOException {
    Readings readings = Readings.of(Format.TXT, "before\n" + "x".repeat(950_000) + "\nafter");

    assertThat(readings.texts()).containsExactly("before", "after");
    assertThat(readings.reason(2)).contains("longer than 900,000 bytes");
  }

  @Test
  void texts_ofSeveralFiles_arePassedInOrderWithCounts(@TempDir Path dir) throws IOException {
    Path text = Files.writeString(dir.resolve("a.txt"), "one\n\ntwo");
    Path lines = Files.writeString(dir.resolve("b.jsonl"), "{\"text\":\"three\"}\nbroken\n");
    List<String> texts = new ArrayList<>();

    Texts.Summary summary =
        Texts.forEach(
            Input.find(List.of(text, lines), null),
            FieldNames.DEFAULT,
            sample -> texts.add(sample.getText()));

    assertThat(texts).containsExactly("one", "two", "three");
    assertThat(summary).isEqualTo(new Texts.Summary(3, 1, 8 + 24));
  }
}
