package dev.rivulet.trainer.eval;

import dev.rivulet.trainer.model.Evaluation;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The scores of a language model: perplexity, token accuracy and loss, over all tokens of all
 * batches, so that a token counts the same in a short batch and in a long one.
 */
final class LanguageScores implements Scores {
  private long tokens;
  private long correct;
  private double loss;

  @Override
  public void add(Evaluation evaluation, long[] expected) {
    long[] predicted = evaluation.predictions();
    if (predicted.length == 0) {
      return;
    }
    tokens += predicted.length;
    loss += (double) evaluation.loss() * predicted.length;
    correct +=
        IntStream.range(0, predicted.length).filter(i -> predicted[i] == expected[i]).count();
  }

  @Override
  public Map<String, Double> metrics() {
    return tokens == 0
        ? Map.of()
        : Map.of(
            Metric.PERPLEXITY.key(),
            Math.exp(loss / tokens),
            Metric.TOKEN_ACCURACY.key(),
            correct / (double) tokens,
            Metric.EVAL_LOSS.key(),
            loss / tokens,
            Metric.EVAL_TOKENS.key(),
            (double) tokens);
  }
}
