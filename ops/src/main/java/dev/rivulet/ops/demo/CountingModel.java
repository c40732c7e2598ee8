package dev.rivulet.ops.demo;

import dev.rivulet.schemas.codec.LittleEndian;
import dev.rivulet.schemas.record.Batch;
import java.util.HashMap;
import java.util.Map;

/**
 * Two counting language models: the baselines that a trained model should beat.
 *
 * <p>The unigram model counts tokens and adds one to every count. The bigram model counts pairs of
 * tokens; its counts are discounted and interpolated with the unigrams (absolute discounting: Ney,
 * Essen and Kneser, Computer Speech and Language 8, 1994):
 *
 * <pre>
 * p(w)     = (c(w) + 1) / (N + V)
 * p(w | v) = max(c(v w) - d, 0) / c(v) + d k(v) / c(v) p(w),   d = 0.75
 * </pre>
 *
 * where k(v) is the number of distinct tokens that follow v. If v was never seen, p(w | v) = p(w).
 *
 * <p>Both use the targets of a language model on the same batches: every token of a row except the
 * first, given the token before it.
 */
final class CountingModel {
  private static final double DISCOUNT = 0.75;

  private final int vocabulary;
  private final long[] tokens; // c(w)
  private final long[] followed; // c(v)
  private final long[] kinds; // k(v)
  private final Map<Long, Long> pairs = new HashMap<>(); // c(v w)
  private long total;

  /**
   * The perplexities of held-out batches.
   *
   * @param unigram of the unigram model
   * @param bigram of the bigram model
   * @param targets number of predicted tokens
   */
  record Floors(double unigram, double bigram, long targets) {}

  /** Receives each target of a batch. */
  @FunctionalInterface
  private interface Target {
    void take(int before, int token);
  }

  /**
   * Creates a model without counts.
   *
   * @param vocabulary V, number of tokens
   */
  CountingModel(int vocabulary) {
    this.vocabulary = vocabulary;
    tokens = new long[vocabulary];
    followed = new long[vocabulary];
    kinds = new long[vocabulary];
  }

  /** Counts the targets of a training batch. */
  void learn(Batch batch) {
    forEachTarget(
        batch,
        (before, token) -> {
          tokens[token]++;
          total++;
          followed[before]++;
          if (pairs.merge(pair(before, token), 1L, Long::sum) == 1) {
            kinds[before]++;
          }
        });
  }

  /** Returns the perplexities of batches. */
  Floors test(Iterable<Batch> batches) {
    double[] nats = new double[2];
    long[] targets = new long[1];
    for (Batch batch : batches) {
      forEachTarget(
          batch,
          (before, token) -> {
            nats[0] -= Math.log(unigram(token));
            nats[1] -= Math.log(bigram(before, token));
            targets[0]++;
          });
    }
    return new Floors(Math.exp(nats[0] / targets[0]), Math.exp(nats[1] / targets[0]), targets[0]);
  }

  double unigram(int token) {
    return (tokens[token] + 1.0) / (total + vocabulary);
  }

  double bigram(int before, int token) {
    if (followed[before] == 0) {
      return unigram(token);
    }
    double count = pairs.getOrDefault(pair(before, token), 0L);
    double left = DISCOUNT * kinds[before] * unigram(token);
    return (Math.max(count - DISCOUNT, 0) + left) / followed[before];
  }

  private long pair(int before, int token) {
    return (long) before * vocabulary + token;
  }

  private static void forEachTarget(Batch batch, Target target) {
    int[] ids = LittleEndian.ints(batch.getTokenIds());
    int[] labels = LittleEndian.ints(batch.getLabels());
    for (int at = 1; at < labels.length; at++) {
      if (at % batch.getLength() != 0 && labels[at] >= 0) {
        target.take(ids[at - 1], labels[at]);
      }
    }
  }
}
