package dev.rivulet.trainer.method;

import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.model.Transformer;

/**
 * A training method at work on a model: what it trains, how a step changes it, and the state that
 * it keeps between steps. The family is closed. Not thread-safe.
 */
public sealed interface Method extends AutoCloseable permits AdaRankGrad, AdamW {

  /**
   * Starts a method on a model.
   *
   * @param trainEmbeddings whether the embedding tables are trained too
   * @param clipNorm largest gradient norm that is applied; 0 for no clipping
   * @param seed seed of the method's random numbers
   */
  static Method start(
      MethodConfig config, Transformer model, boolean trainEmbeddings, double clipNorm, long seed) {
    if (config instanceof MethodConfig.AdaRankGrad adaRankGrad) {
      return new AdaRankGrad(adaRankGrad, model, trainEmbeddings, clipNorm, seed);
    }
    return new AdamW((MethodConfig.AdamW) config, model, trainEmbeddings, clipNorm);
  }

  /**
   * Takes one step. When loss or gradient is not finite, nothing changes.
   *
   * @param step number of the step, from 1
   * @param ranks asked at a refresh
   */
  StepResult step(TokenBatch batch, long step, double learningRate, RankSource ranks);

  /** Returns a copy of what the method has changed; factors sealed since the last copy, once. */
  Snapshot snapshot();

  /**
   * Goes back to a snapshot; the model's weights must already hold all sealed factors up to it.
   *
   * @param snapshot its sealed factors are not looked at
   */
  void restore(Snapshot snapshot);

  /** Returns the bytes of bases, open factors and moments. */
  long optimizerBytes();

  /** Frees the state; the model stays. */
  @Override
  void close();

  /** Returns the factor on gradients of a norm that keeps them within the largest one allowed. */
  static double clipScale(double norm, double clipNorm) {
    return clipNorm > 0 && norm > clipNorm ? clipNorm / norm : 1;
  }
}
