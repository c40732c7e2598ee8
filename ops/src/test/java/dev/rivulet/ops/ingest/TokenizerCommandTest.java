package dev.rivulet.ops.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.ingest.tokenizer.TextCodec;
import dev.rivulet.ops.cli.Invocation;
import dev.rivulet.ops.console.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerCommandTest {
  @TempDir Path folder;

  @Test
  void train_filesOfAllKinds_writesTheTokenizerOnce() throws IOException {
    Path text = Files.writeString(folder.resolve("a.txt"), "low lower lowest\n\nnew newer");
    Path lines = Files.writeString(folder.resolve("b.jsonl"), "{\"body\":\"slow\"}\nbroken\n");
    Path csv = Files.writeString(folder.resolve("c.csv"), "body,label\nslower,1\n");
    String output = folder.resolve("model").toString();
    String[] train = {
      "tokenizer",
      "train",
      "--vocabulary",
      "260",
      "--text",
      "body",
      "--output",
      output,
      text.toString(),
      lines.toString(),
      csv.toString()
    };

    Invocation made = Invocation.of(train);

    assertThat(made.exit()).as(made.err()).isEqualTo(ExitCode.REJECTED);
    assertThat(made.out()).contains("tokenizer.json: 260 tokens from 4 texts, 1 rejected");
    try (TextCodec codec = new TextCodec(Path.of(output, "tokenizer.json"), null)) {
      // lo, low and another pair are tokens.
      assertThat(codec.prompt("low")).hasSize(1);
    }
    Invocation again = Invocation.of(train);
    assertThat(again.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(again.err()).contains("tokenizer.json: the model already has a tokenizer");
  }

  @Test
  void train_vocabularyTooSmall_isRefused() throws IOException {
    Path text = Files.writeString(folder.resolve("a.txt"), "low");
    Invocation wrong =
        Invocation.of(
            "tokenizer", "train", "--vocabulary", "99", "--output", folder.toString(), text + "");
    assertThat(wrong.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(wrong.err()).contains("a vocabulary of 99: use 257 or more");
  }
}
