package dev.rivulet.ingest.tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * An index of the pairs of neighbouring symbols in a set of words: the count of each pair, and the
 * words that contain it. A merge visits only these words. Not thread-safe.
 */
final class PairIndex {

  /** Two neighbouring symbols. */
  record Pair(int left, int right) {
    /** Order of equally frequent pairs: smaller symbols first. */
    static final Comparator<Pair> ORDER =
        Comparator.comparingInt(Pair::left).thenComparingInt(Pair::right);
  }

  private record Candidate(long count, Pair pair) {
    static final Comparator<Candidate> BEST_FIRST =
        Comparator.comparingLong(Candidate::count)
            .reversed()
            .thenComparing(Candidate::pair, Pair.ORDER);
  }

  private static final class Word {
    private final long count;
    private int[] symbols;

    Word(int[] symbols, long count) {
      this.symbols = symbols;
      this.count = count;
    }
  }

  /** The count of a pair, and the words that contain it or did before a merge. */
  private static final class Occurrences {
    private final List<Word> words = new ArrayList<>();
    private long count;
    private long queued;
  }

  private final Map<Pair, Occurrences> pairs = new HashMap<>();

  /** Every pair at its current count; outdated entries are skipped when they come up. */
  private final PriorityQueue<Candidate> queue = new PriorityQueue<>(Candidate.BEST_FIRST);

  private final Set<Pair> changed = new HashSet<>();

  /** Adds a word with its number of occurrences. */
  void add(int[] symbols, long count) {
    Word word = new Word(symbols, count);
    for (int i = 0; i + 1 < symbols.length; i++) {
      count(word, new Pair(symbols[i], symbols[i + 1]), true);
    }
  }

  /** Returns the most frequent pair if it occurs at least {@code least} times. */
  Optional<Pair> mostFrequent(long least) {
    requeue();
    while (!queue.isEmpty()) {
      Candidate best = queue.element();
      Occurrences occurrences = pairs.get(best.pair());
      if (occurrences != null && occurrences.count == best.count()) {
        return best.count() >= least ? Optional.of(best.pair()) : Optional.empty();
      }
      queue.remove();
    }
    return Optional.empty();
  }

  /** Replaces every occurrence of a pair by one symbol, from left to right. */
  void merge(Pair pair, int symbol) {
    Occurrences occurrences = pairs.get(pair);
    if (occurrences == null) {
      return;
    }
    for (Word word : List.copyOf(occurrences.words)) {
      int[] merged = merged(word.symbols, pair, symbol);
      if (merged.length < word.symbols.length) {
        discount(word);
        word.symbols = merged;
        for (int i = 0; i + 1 < merged.length; i++) {
          boolean isNew = merged[i] == symbol || merged[i + 1] == symbol;
          count(word, new Pair(merged[i], merged[i + 1]), isNew);
        }
      }
    }
    pairs.remove(pair);
  }

  private static int[] merged(int[] symbols, Pair pair, int symbol) {
    int[] merged = new int[symbols.length];
    int length = 0;
    for (int i = 0; i < symbols.length; i++) {
      boolean here =
          symbols[i] == pair.left() && i + 1 < symbols.length && symbols[i + 1] == pair.right();
      merged[length++] = here ? symbol : symbols[i];
      i += here ? 1 : 0;
    }
    return Arrays.copyOf(merged, length);
  }

  /** Counts a pair of a word, and records the word if the pair is new in it. */
  private void count(Word word, Pair pair, boolean isNew) {
    Occurrences occurrences = pairs.computeIfAbsent(pair, key -> new Occurrences());
    occurrences.count += word.count;
    if (isNew) {
      occurrences.words.add(word);
    }
    changed.add(pair);
  }

  private void discount(Word word) {
    for (int i = 0; i + 1 < word.symbols.length; i++) {
      Pair pair = new Pair(word.symbols[i], word.symbols[i + 1]);
      Occurrences occurrences = pairs.get(pair);
      if (occurrences != null) {
        occurrences.count -= word.count;
        changed.add(pair);
      }
    }
  }

  /** Queues the changed pairs at their current counts. */
  private void requeue() {
    for (Pair pair : changed) {
      Occurrences occurrences = pairs.get(pair);
      if (occurrences != null && occurrences.count != occurrences.queued) {
        queue.add(new Candidate(occurrences.count, pair));
        occurrences.queued = occurrences.count;
      }
    }
    changed.clear();
  }
}
