package dev.rivulet.ingest.pack;

import static dev.rivulet.ingest.pack.WordPieceFile.CLS;
import static dev.rivulet.ingest.pack.WordPieceFile.SEP;
import static dev.rivulet.ingest.pack.WordPieceFile.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.Sample;
import dev.rivulet.schemas.record.SourceOffset;
import dev.rivulet.schemas.record.Task;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextTokenizerTest {
  private static final SourceOffset SOURCE = new SourceOffset(0, 1L);
  private static final int A = 4;
  private static final int B = 5;
  private static final int C = 6;

  @TempDir Path dir;

  private TokenizedSample tokenize(Task task, int maxLength, String text, @Nullable String pair)
      throws IOException {
    Path file = WordPieceFile.write(dir, List.of("a", "b", "c"));
    String endOfText = task == Task.CAUSAL_LM ? "[SEP]" : null;
    try (TextTokenizer tokenizer = new TextTokenizer(file, task, maxLength, endOfText)) {
      return tokenizer.tokenize(new Sample(text, pair, null, null, Map.of()), 1, SOURCE);
    }
  }

  @Test
  void tokenize_text_ignoresTheTruncationAndPaddingOfTheFile() throws IOException {
    TokenizedSample sample = tokenize(Task.CLASSIFICATION, 16, "A b C a zzz", null);

    assertThat(sample.ids()).containsExactly(CLS, A, B, C, A, UNKNOWN, SEP);
    assertThat(sample.types()).containsOnly(0);
    assertThat(sample.label()).isEqualTo(1);
    assertThat(sample.source()).isEqualTo(SOURCE);
  }

  @Test
  void tokenize_textTooLong_keepsItsStartAndTheClosingToken() throws IOException {
    assertThat(tokenize(Task.CLASSIFICATION, 8, "a b c a b c a b c", null).ids())
        .containsExactly(CLS, A, B, C, A, B, C, SEP);
  }

  @Test
  void tokenize_pair_hasTypes() throws IOException {
    TokenizedSample sample = tokenize(Task.CLASSIFICATION, 16, "a b", "c");

    assertThat(sample.ids()).containsExactly(CLS, A, B, SEP, C, SEP);
    assertThat(sample.types()).containsExactly(0, 0, 0, 0, 1, 1);
  }

  @Test
  void tokenize_pairTooLong_truncatesTheLongerFirst() throws IOException {
    TokenizedSample sample = tokenize(Task.CLASSIFICATION, 8, "a", "b c b c b c b c");

    assertThat(sample.ids()).containsExactly(CLS, A, SEP, B, C, B, C, SEP);
    assertThat(sample.types()).containsExactly(0, 0, 0, 1, 1, 1, 1, 1);
    assertThat(tokenize(Task.CLASSIFICATION, 8, "a b c a b c a", "b c b c").ids())
        .containsExactly(CLS, A, B, C, SEP, B, C, SEP);
  }

  @Test
  void tokenize_languageModelling_appendsThePairUntruncated() throws IOException {
    TokenizedSample sample = tokenize(Task.CAUSAL_LM, 8, "a b c a b c a b c", "c b");

    assertThat(sample.ids()).containsExactly(A, B, C, A, B, C, A, B, C, C, B, SEP);
    assertThat(sample.label()).isEqualTo(-1);
    assertThat(sample.source()).isEqualTo(SOURCE);
  }

  @Test
  void tokenize_languageModellingWithoutPair_closesTheText() throws IOException {
    assertThat(tokenize(Task.CAUSAL_LM, 8, "a", null).ids()).containsExactly(A, SEP);
    assertThat(tokenize(Task.CAUSAL_LM, 8, "a", "").ids()).containsExactly(A, SEP);
  }

  @Test
  void tokenize_languageModelling_endsWithTheConfiguredToken() throws IOException {
    Path file = WordPieceFile.write(dir, List.of("a"));
    Files.writeString(dir.resolve("tokenizer_config.json"), "{\"eos_token\":\"[CLS]\"}");

    try (TextTokenizer tokenizer = new TextTokenizer(file, Task.CAUSAL_LM, 8, null)) {
      assertThat(tokenizer.tokenize(new Sample("a", null, null, null, Map.of()), -1, SOURCE).ids())
          .containsExactly(A, CLS);
    }
  }

  @Test
  void new_languageModellingWithoutEndToken_namesTheFile() throws IOException {
    Path file = WordPieceFile.write(dir, List.of("a"));

    assertThatThrownBy(() -> new TextTokenizer(file, Task.CAUSAL_LM, 8, null))
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith(file + ": has none of [</s>, ");
  }

  @Test
  void identity_changesWithTheEndToken() throws IOException {
    Path file = WordPieceFile.write(dir, List.of("a"));
    try (TextTokenizer classes = new TextTokenizer(file, Task.CLASSIFICATION, 8, null);
        TextTokenizer one = new TextTokenizer(file, Task.CAUSAL_LM, 8, "[SEP]");
        TextTokenizer other = new TextTokenizer(file, Task.CAUSAL_LM, 8, "[CLS]")) {
      assertThat(classes.identity()).isEqualTo(classes.sha256());
      assertThat(one.identity()).isNotEqualTo(other.identity()).startsWith(one.sha256());
    }
  }

  @Test
  void sha256_isThatOfTheFile() throws Exception {
    Path file = WordPieceFile.write(dir, List.of("a"));
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));

    try (TextTokenizer tokenizer = new TextTokenizer(file, Task.CLASSIFICATION, 8, null)) {
      assertThat(tokenizer.sha256()).isEqualTo(HexFormat.of().formatHex(digest));
    }
  }

  @Test
  void new_missingOrInvalidFile_namesIt() throws IOException {
    Path broken = Files.writeString(dir.resolve("broken.json"), "{}");

    for (Path file : List.of(dir.resolve("gone.json"), broken)) {
      assertThatThrownBy(() -> new TextTokenizer(file, Task.CLASSIFICATION, 8, null))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining(file + ": not a readable tokenizer");
    }
  }
}
