package dev.rivulet.trainer.loop;

import dev.rivulet.trainer.method.RankSource;
import dev.rivulet.trainer.method.StepResult;
import dev.rivulet.trainer.stream.BatchStream;
import java.util.List;

/**
 * A step: what it consumed, and what the method did.
 *
 * @param reads its batches, and where they lie; at least one
 * @param tokens tokens of all batches, padding excluded
 * @param learningRate learning rate of the update
 * @param result of the method
 */
record TakenStep(
    List<BatchStream.Read> reads, long tokens, double learningRate, StepResult result) {

  /** Returns the seconds in waits for rank decisions. */
  double decisionSeconds() {
    return result.refresh().map(RankSource.Decided::waitSeconds).orElse(0.0);
  }
}
