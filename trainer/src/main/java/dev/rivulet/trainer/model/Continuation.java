package dev.rivulet.trainer.model;

import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * A text that a causal language model continues, token by token.
 *
 * <p>Each token takes a whole forward pass over the tokens before it: there is no cache of keys and
 * values, which training has no use for; so this suits samples, not serving. Of the logits only
 * those of the last position are computed. Past the model's longest sequence the oldest tokens are
 * left out.
 *
 * @param model a causal language model
 * @param sampler chooses each token
 * @param endToken the token that ends a text
 */
public record Continuation(Transformer model, Sampler sampler, int endToken) {

  /**
   * Goes on with a prompt, until the end token, which is not handed on, or as many tokens as asked
   * for; or until the thread is interrupted.
   *
   * @param prompt token ids, at least one
   * @param each gets each token as soon as it is chosen
   * @throws IllegalArgumentException when the model is a classifier, or the prompt is empty or has
   *     an id that the model lacks
   */
  public void write(int[] prompt, int tokens, IntConsumer each) {
    int[] all = Arrays.copyOf(prompt, prompt.length + tokens);
    for (int index = 0; index < tokens; index++) {
      int length = prompt.length + index;
      int from = Math.max(0, length - model.maxLength());
      int token = sampler.choose(model.nextLogits(Arrays.copyOfRange(all, from, length)), index);
      if (token == endToken || Thread.currentThread().isInterrupted()) {
        return;
      }
      all[length] = token;
      each.accept(token);
    }
  }
}
