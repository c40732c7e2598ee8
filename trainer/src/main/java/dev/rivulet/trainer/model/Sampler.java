package dev.rivulet.trainer.model;

import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.fold.KeyedRandom;
import java.util.Arrays;

/**
 * A chooser of the next token. Its random numbers are keyed by the seed and the token's index, so
 * that the same logits give the same text.
 *
 * @param temperature the logits are divided by it; 0 for the most likely token, always
 * @param topK how many of the most likely tokens are chosen from; 0 for all
 * @param seed seed of the random numbers
 */
public record Sampler(double temperature, int topK, long seed) {

  public Sampler {
    if (!(temperature >= 0 && temperature < Double.POSITIVE_INFINITY)) {
      throw new UsageException("temperature %s: use 0 or more".formatted(temperature));
    }
    if (topK < 0) {
      throw new UsageException("top-k %d: use 1 or more, or 0 for all".formatted(topK));
    }
  }

  /**
   * Chooses a token.
   *
   * @param logits [vocabulary]; may be any but not a number
   * @param index ordinal of the token, from 0
   * @throws UsageException when no logit is finite
   */
  public int choose(float[] logits, long index) {
    int best = 0;
    for (int token = 1; token < logits.length; token++) {
      best = logits[token] > logits[best] || Float.isNaN(logits[best]) ? token : best;
    }
    if (!Float.isFinite(logits[best])) {
      throw new RunException("the model's logits are not finite: it cannot be used");
    }
    return temperature == 0 ? best : draw(logits, logits[best], index);
  }

  /** Walks through the shares of the tokens, in the order of their ids, to a random place. */
  private int draw(float[] logits, double greatest, long index) {
    boolean[] eligible = eligible(logits);
    double[] shares = new double[logits.length];
    double total = 0;
    int last = 0;
    for (int token = 0; token < logits.length; token++) {
      if (eligible[token]) {
        shares[token] = StrictMath.exp((logits[token] - greatest) / temperature);
        total += shares[token];
        last = token;
      }
    }
    double left = total * KeyedRandom.of(seed, "next-token", "", index).uniform(0);
    for (int token = 0; token < last; token++) {
      left -= shares[token];
      if (left < 0) {
        return token;
      }
    }
    return last;
  }

  /** Marks the top-k tokens; of those that are equally likely, the first ones. */
  private boolean[] eligible(float[] logits) {
    boolean[] eligible = new boolean[logits.length];
    if (topK == 0 || topK >= logits.length) {
      Arrays.fill(eligible, true);
      return eligible;
    }
    float[] sorted = logits.clone();
    Arrays.sort(sorted);
    float least = sorted[sorted.length - topK];
    int room = topK;
    for (int token = 0; token < logits.length; token++) {
      eligible[token] = logits[token] > least;
      room -= eligible[token] ? 1 : 0;
    }
    for (int token = 0; token < logits.length && room > 0; token++) {
      if (logits[token] == least) {
        eligible[token] = true;
        room--;
      }
    }
    return eligible;
  }
}
