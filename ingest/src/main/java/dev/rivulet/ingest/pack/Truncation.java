package dev.rivulet.ingest.pack;

/**
 * How many tokens of a text and of its pair stay when both must fit a budget: the longer one gives
 * first, as in Hugging Face's {@code longest_first}.
 *
 * @param first tokens kept of the text
 * @param second tokens kept of the pair
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
