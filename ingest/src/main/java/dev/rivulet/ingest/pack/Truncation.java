package dev.rivulet.ingest.pack;

/**
 * The numbers of tokens of a text and its pair that fit a budget together: tokens are dropped from
 * the longer one first, as in Hugging Face's {@code longest_first}.
 *
 * @param first tokens of the text that are kept
 * @param second tokens of the pair that are kept
 */
record Truncation(int first, int second) {

  static Truncation longestFirst(int first, int second, int budget) {
    if (first + second <= budget) {
      return new Truncation(first, second);
    }
    int half = budget / 2;
    if (second <= half) {
      return new Truncation(budget - second, second);
    }
    return first <= half
        ? new Truncation(first, budget - first)
        : new Truncation(budget - half, half);
  }
}
