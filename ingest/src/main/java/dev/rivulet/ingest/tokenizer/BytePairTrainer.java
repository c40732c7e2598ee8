package dev.rivulet.ingest.tokenizer;

import dev.rivulet.ingest.tokenizer.PairIndex.Pair;
import dev.rivulet.schemas.failure.UsageException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A trainer of byte-level tokenizers by byte-pair encoding (Sennrich et al., arXiv 1508.07909; on
 * bytes: Radford et al., 2019). It starts with the 256 bytes and repeatedly merges the most
 * frequent pair of neighbouring tokens into a new token. No pair spans two words of {@link
 * PreTokens}.
 *
 * <p>The result does not depend on the order of the texts: of equally frequent pairs, the one with
 * the smaller ids is merged first.
 *
 * <pre>{@code
 * BytePairTrainer trainer = new BytePairTrainer(8192);
 * texts.forEach(trainer::add);
 * trainer.train().write(Path.of("models/mine"));
 * }</pre>
 *
 * <p>Not thread-safe.
 */
public final class BytePairTrainer {
  /** The smallest vocabulary: the bytes and the end-of-text token. */
  public static final int SMALLEST = ByteAlphabet.SIZE + 1;

  /** Least count of a pair that is merged: a single occurrence is not a pattern. */
  private static final int LEAST_COUNT = 2;

  /** Longest word in bytes. Longer ones are data rather than words and are ignored. */
  private static final int LONGEST_WORD = 1024;

  private final int vocabulary;
  private final Map<String, Long> words = new HashMap<>();

  /**
   * Creates a trainer without texts.
   *
   * @param vocabulary number of tokens, at least {@value #SMALLEST}; the tokenizer has fewer when
   *     no more pair occurs twice
   */
  public BytePairTrainer(int vocabulary) {
    if (vocabulary < SMALLEST) {
      throw new UsageException(
          "a vocabulary of %d: use %d or more, for the bytes and the end-of-text token"
              .formatted(vocabulary, SMALLEST));
    }
    this.vocabulary = vocabulary;
  }

  /** Counts the words of a text. */
  public void add(String text) {
    PreTokens.forEach(text, word -> words.merge(word, 1L, Long::sum));
  }

  /** Returns the tokenizer for the texts so far. */
  public BytePairTokenizer train() {
    List<String> tokens = new ArrayList<>(List.of(BytePairTokenizer.END_OF_TEXT));
    ByteAlphabet.letters().chars().forEach(letter -> tokens.add(Character.toString(letter)));
    Map<String, Integer> ids = new HashMap<>();
    tokens.forEach(token -> ids.put(token, ids.size()));
    Set<String> merges = new LinkedHashSet<>();
    PairIndex index = index();
    Optional<Pair> best = index.mostFrequent(LEAST_COUNT);
    while (tokens.size() < vocabulary && best.isPresent()) {
      String left = tokens.get(best.get().left());
      String right = tokens.get(best.get().right());
      // Different pairs may form the same token ("a" + "bc" and "ab" + "c"). So a pair can become
      // frequent again after its merge: the set keeps the first one.
      int id = ids.computeIfAbsent(left + right, token -> tokens.size());
      if (id == tokens.size()) {
        tokens.add(left + right);
      }
      merges.add(left + " " + right);
      index.merge(best.get(), id);
      best = index.mostFrequent(LEAST_COUNT);
    }
    return new BytePairTokenizer(tokens, List.copyOf(merges));
  }

  private PairIndex index() {
    PairIndex index = new PairIndex();
    words.forEach(
        (word, count) -> {
          byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
          if (bytes.length <= LONGEST_WORD) {
            int[] symbols = new int[bytes.length];
            for (int i = 0; i < bytes.length; i++) {
              symbols[i] = 1 + ByteAlphabet.rank(bytes[i]);
            }
            index.add(symbols, count);
          }
        });
    return index;
  }
}
