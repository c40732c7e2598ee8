package dev.rivulet.ingest.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.rivulet.schemas.failure.UsageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BytePairTest {
  private static final List<String> TEXTS =
      List.of(
          "She sells sea shells by the sea shore; the shells she sells are sea shells, I'm sure.",
          "aaaa aaaaa aaaaaaaa banana bananas, cabana: abcabcabc bcbcbc abcd zabcd zbcd",
          "it's they're we've I'll he'd don't  two  spaces\n\n\tand\ta tab 1234 56.78 (x+y)=z!!",
          "Grüße aus Köln, où êtes-vous? Привет мир 你好世界 こんにちは 👩‍👩‍👧 e\u0301");

  @TempDir Path dir;

  @Test
  @Tag("cross-check")
  void train_texts_mergesLikeTheReference() {
    for (int vocabulary : new int[] {258, 280, 330, 500}) {
      BytePairTokenizer tokenizer = train(TEXTS, vocabulary);
      Reference reference = Reference.train(TEXTS, vocabulary);
      assertThat(tokenizer.merges()).containsExactlyElementsOf(reference.merges);
      assertThat(tokenizer.tokens()).containsExactlyElementsOf(reference.tokens);
    }
  }

  @Test
  @Tag("cross-check")
  void train_randomWords_mergesLikeTheReference() {
    Random random = new Random(5);
    for (int round = 0; round < 40; round++) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < 300; i++) {
        text.append(random.nextInt(6) == 0 ? ' ' : (char) ('a' + random.nextInt(3)));
      }
      List<String> texts = List.of(text.toString());
      assertThat(train(texts, 400).merges())
          .containsExactlyElementsOf(Reference.train(texts, 400).merges);
    }
  }

  @Test
  void train_orderOfTexts_doesNotMatter() {
    List<String> reversed = new ArrayList<>(TEXTS);
    Collections.reverse(reversed);
    assertThat(train(reversed, 400)).isEqualTo(train(TEXTS, 400));
  }

  @Test
  void train_equallyFrequentPairs_mergesTheSmallerIdsFirst() {
    assertThat(train(List.of("zy zy ba ba"), 259).merges()).containsExactly("b a", "z y");
  }

  @Test
  void train_noPairTwice_endsEarly() {
    BytePairTokenizer tokenizer = train(List.of("abc"), 1000);
    assertThat(tokenizer.merges()).isEmpty();
    assertThat(tokenizer.tokens()).hasSize(257).startsWith("<|endoftext|>", "!", "\"");
  }

  @Test
  void train_vocabularyWithoutAllBytes_isRefused() {
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> train(TEXTS, 256))
        .withMessage(
            "a vocabulary of 256: use 257 or more, for the bytes and the end-of-text token");
  }

  @ParameterizedTest
  @ValueSource(ints = {257, 300, 400})
  void write_anyText_decodesToTheSameBytes(int vocabulary) throws IOException {
    try (HuggingFaceTokenizer tokenizer = load(train(TEXTS, vocabulary))) {
      for (String text : arbitraryTexts()) {
        long[] ids = tokenizer.encode(text, true, false).getIds();
        assertThat(tokenizer.decode(ids, true)).isEqualTo(text);
        assertThat(Arrays.stream(ids).max().orElse(0)).isLessThan(vocabulary);
      }
    }
  }

  @Test
  @Tag("cross-check")
  void write_anyText_tokenizesLikeTheReference() throws IOException {
    BytePairTokenizer trained = train(TEXTS, 400);
    try (HuggingFaceTokenizer tokenizer = load(trained)) {
      for (String text : arbitraryTexts()) {
        List<String> expected = Reference.encodeText(text, trained);
        assertThat(tokenizer.encode(text, false, false).getTokens())
            .as(text)
            .containsExactlyElementsOf(expected);
      }
    }
  }

  @Test
  @Tag("cross-check")
  void preTokens_boundaries_equalThoseOfTheTokenizer() throws IOException {
    String[] parts = {
      " ", " ", "a", "s", "'", "'s", "'ll", "'re", "1", "!", "\n", "\t", "\u00a0", "é", "\u0085",
      "\u3000"
    };
    // Any two letters merge, so that only a boundary can separate them.
    List<String> letters = Reference.letters(String.join("", parts)).stream().distinct().toList();
    List<String> tokens = new ArrayList<>(train(List.of("x"), 257).tokens());
    List<String> merges = new ArrayList<>();
    for (String left : letters) {
      for (String right : letters) {
        tokens.add(left + right);
        merges.add(left + " " + right);
      }
    }
    BytePairTokenizer pairs = new BytePairTokenizer(tokens, merges);
    Random random = new Random(2);
    try (HuggingFaceTokenizer tokenizer = load(pairs)) {
      for (int round = 0; round < 300; round++) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 12; i++) {
          text.append(parts[random.nextInt(parts.length)]);
        }
        assertThat(tokenizer.encode(text.toString(), false, false).getTokens())
            .as(text.toString())
            .containsExactlyElementsOf(Reference.encodeText(text.toString(), pairs));
      }
    }
  }

  @Test
  void codec_promptAndDecode_areInverse() throws IOException {
    train(TEXTS, 300).write(dir);
    try (TextCodec codec = new TextCodec(dir.resolve("tokenizer.json"), null)) {
      assertThat(codec.endToken()).isZero();
      assertThat(codec.prompt("")).containsExactly(0);
      assertThat(codec.decode(codec.prompt("sea shells 你好"))).isEqualTo("sea shells 你好");
      assertThat(codec.decode(new int[] {0, 66, 0})).isEqualTo("b");
    }
  }

  @Test
  void tokenText_characterSpreadOverTokens_waitsForItsLastByte() throws IOException {
    train(List.of("plain"), 257).write(dir);
    try (TextCodec codec = new TextCodec(dir.resolve("tokenizer.json"), null)) {
      TokenText text = new TokenText(codec, codec.prompt("no "));
      List<String> pieces = new ArrayList<>();
      for (int id : codec.prompt("aé你b")) {
        pieces.add(text.add(id));
      }
      assertThat(pieces).containsExactly("a", "", "é", "", "", "你", "b");
      assertThat(text.add(codec.prompt("é")[0])).isEmpty();
      assertThat(text.rest()).isEqualTo("\uFFFD");
      assertThat(text.rest()).isEmpty();
    }
  }

  private HuggingFaceTokenizer load(BytePairTokenizer tokenizer) throws IOException {
    return HuggingFaceTokenizer.newInstance(
        tokenizer.write(dir), Map.of("truncation", "false", "padding", "false"));
  }

  private static BytePairTokenizer train(List<String> texts, int vocabulary) {
    BytePairTrainer trainer = new BytePairTrainer(vocabulary);
    texts.forEach(trainer::add);
    return trainer.train();
  }

  /** Returns texts with all kinds of characters and white space. */
  private static List<String> arbitraryTexts() {
    List<String> texts = new ArrayList<>(TEXTS);
    texts.addAll(
        List.of("", " ", "\u00a0\u2003x\u3000 \u0085y", " 's 'S we're'll ²³ ½ Ⅷ ٣", "\0\u007f"));
    Random random = new Random(1);
    for (int i = 0; i < 200; i++) {
      StringBuilder text = new StringBuilder();
      for (int j = 0; j < 30; j++) {
        int[] ranges = {0x80, 0x250, 0x600, 0x3000, 0xD7FF};
        int point = random.nextInt(ranges[random.nextInt(ranges.length)]);
        // Only characters that every version of Unicode defines.
        text.appendCodePoint(Character.isDefined(point) && random.nextInt(4) > 0 ? point : ' ');
      }
      texts.add(text.appendCodePoint(0x1F600 + random.nextInt(40)).toString());
    }
    return texts;
  }

  /** Byte-pair encoding by its definition: counts all pairs again before each merge. */
  private static final class Reference {
    private final List<String> tokens = new ArrayList<>(List.of("<|endoftext|>"));
    private final List<String> merges = new ArrayList<>();

    static Reference train(List<String> texts, int vocabulary) {
      Reference reference = new Reference();
      ByteAlphabet.letters().chars().forEach(c -> reference.tokens.add(Character.toString(c)));
      List<List<String>> words = new ArrayList<>();
      texts.forEach(text -> PreTokens.forEach(text, piece -> words.add(letters(piece))));
      while (reference.tokens.size() < vocabulary && reference.mergeOnce(words)) {}
      return reference;
    }

    private boolean mergeOnce(List<List<String>> words) {
      Map<List<String>, Integer> counts = new LinkedHashMap<>();
      for (List<String> word : words) {
        for (int i = 0; i + 1 < word.size(); i++) {
          counts.merge(List.copyOf(word.subList(i, i + 2)), 1, Integer::sum);
        }
      }
      List<String> best = null;
      for (List<String> pair : counts.keySet()) {
        if (best == null || isBetter(pair, best, counts)) {
          best = pair;
        }
      }
      if (best == null || counts.getOrDefault(best, 0) < 2) {
        return false;
      }
      String merge = String.join(" ", best);
      if (!merges.contains(merge)) {
        merges.add(merge);
      }
      String token = String.join("", best);
      if (!tokens.contains(token)) {
        tokens.add(token);
      }
      for (List<String> word : words) {
        merge(word, best);
      }
      return true;
    }

    private boolean isBetter(
        List<String> pair, List<String> best, Map<List<String>, Integer> counts) {
      int difference = counts.getOrDefault(pair, 0) - counts.getOrDefault(best, 0);
      int left = tokens.indexOf(pair.get(0)) - tokens.indexOf(best.get(0));
      int right = tokens.indexOf(pair.get(1)) - tokens.indexOf(best.get(1));
      return difference > 0 || (difference == 0 && (left < 0 || (left == 0 && right < 0)));
    }

    private static void merge(List<String> word, List<String> pair) {
      for (int i = 0; i + 1 < word.size(); i++) {
        if (word.subList(i, i + 2).equals(pair)) {
          word.set(i, word.remove(i) + word.get(i));
        }
      }
    }

    static List<String> letters(String piece) {
      List<String> letters = new ArrayList<>();
      for (byte value : piece.getBytes(StandardCharsets.UTF_8)) {
        letters.add(ByteAlphabet.letters().substring(ByteAlphabet.rank(value)).substring(0, 1));
      }
      return letters;
    }

    static List<String> encodeText(String text, BytePairTokenizer tokenizer) {
      List<String> tokens = new ArrayList<>();
      PreTokens.forEach(text, piece -> tokens.addAll(encode(letters(piece), tokenizer)));
      return tokens;
    }

    /** Applies the earliest merge of a word repeatedly, until none applies. */
    static List<String> encode(List<String> word, BytePairTokenizer tokenizer) {
      while (true) {
        int earliest = Integer.MAX_VALUE;
        for (int i = 0; i + 1 < word.size(); i++) {
          int rank = tokenizer.merges().indexOf(word.get(i) + " " + word.get(i + 1));
          earliest = rank >= 0 ? Math.min(earliest, rank) : earliest;
        }
        if (earliest == Integer.MAX_VALUE) {
          return word;
        }
        merge(word, List.of(tokenizer.merges().get(earliest).split(" ", -1)));
      }
    }
  }
}
