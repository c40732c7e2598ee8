package dev.rivulet.ingest.reader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rivulet.schemas.failure.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InputTest {
  @TempDir Path dir;

  @Test
  void find_folder_returnsItsFilesAtAnyDepthInOrder() throws IOException {
    for (String file :
        List.of("b.jsonl", "a/z.csv", "a/c.TSV", "a/b/x.ndjson", "y.json", "no.txt")) {
      Path path = dir.resolve(file);
      Files.createDirectories(path.resolveSibling("."));
      Files.writeString(path, "x");
    }

    List<Input> inputs = Input.find(List.of(dir), null);

    assertThat(inputs)
        .extracting(Input::name)
        .containsExactly("a/b/x.ndjson", "a/c.TSV", "a/z.csv", "b.jsonl", "y.json");
    assertThat(inputs)
        .extracting(Input::format)
        .containsExactly(Format.JSONL, Format.TSV, Format.CSV, Format.JSONL, Format.JSONL);
    assertThat(inputs.get(0).location()).isEqualTo(dir.resolve("a/b/x.ndjson").toString());
  }

  @Test
  void find_plainText_needsItsPathOrTheFormat() throws IOException {
    Path notes = Files.writeString(dir.resolve("notes.txt"), "x");
    Files.writeString(dir.resolve("data.jsonl"), "x");

    assertThat(Input.find(List.of(dir), null))
        .extracting(Input::name)
        .containsExactly("data.jsonl");
    assertThat(Input.find(List.of(dir), Format.TXT))
        .containsExactly(new Input.FileInput(notes, "notes.txt", Format.TXT));
    assertThat(Input.find(List.of(notes), null))
        .extracting(Input::format)
        .containsExactly(Format.TXT);
  }

  @Test
  void find_folderWithoutPlainText_namesTheFolder() throws IOException {
    Files.writeString(dir.resolve("data.jsonl"), "x");

    assertThatThrownBy(() -> Input.find(List.of(dir), Format.TXT))
        .hasMessageContaining(dir + ": holds no .txt file");
  }

  @Test
  void find_unknownExtension_needsAFormat() throws IOException {
    Path file = Files.writeString(dir.resolve("data.log"), "");

    assertThat(Input.find(List.of(file), Format.CSV))
        .containsExactly(new Input.FileInput(file, "data.log", Format.CSV));
    assertThatThrownBy(() -> Input.find(List.of(file), null))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("data.log: unknown format");
  }

  @Test
  void find_missingFileOrEmptyFolder_namesThePath() {
    assertThatThrownBy(() -> Input.find(List.of(dir.resolve("gone")), null))
        .hasMessageContaining("gone: no such file or folder");
    assertThatThrownBy(() -> Input.find(List.of(dir), null))
        .hasMessageContaining(dir + ": holds no .jsonl");
  }

  @Test
  void fieldNames_repeatedOrBlank_areRefused() {
    assertThatThrownBy(() -> new FieldNames("a", "a", "b", "c"))
        .hasMessageContaining("each may occur only once");
    assertThatThrownBy(() -> new FieldNames("a", " ", "b", "c"))
        .hasMessageContaining("none may be blank");
  }
}
