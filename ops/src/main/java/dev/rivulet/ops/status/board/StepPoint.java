package dev.rivulet.ops.status.board;

import dev.rivulet.schemas.record.Step;
import org.jspecify.annotations.Nullable;

/**
 * One optimizer step, as charts need it.
 *
 * @param timestamp when it ended, milliseconds since 1970
 * @param loss mean training loss; NaN when it was not finite
 * @param gradientNorm before clipping; NaN when it was not finite
 * @param tokens tokens in the step's batches
 * @param applied false when the update was withheld
 * @param seconds wall time, waiting included
 * @param waitSeconds part of it spent waiting for a batch or a decision
 * @param checkpointSeconds time before it in which training stood still for a checkpoint
 * @param meanRank mean over the layers of the ranks in force; null before the first refresh
 */
public record StepPoint(
    int epoch,
    long step,
    long timestamp,
    double loss,
    double gradientNorm,
    double learningRate,
    long tokens,
    boolean applied,
    double seconds,
    double waitSeconds,
    double checkpointSeconds,
    long weightBytes,
    long optimizerBytes,
    long peakBytes,
    @Nullable Double meanRank)
    implements Placed {

  static StepPoint of(Step step, @Nullable Double meanRank) {
    return new StepPoint(
        step.getEpoch(),
        step.getStep(),
        step.getTimestamp().toEpochMilli(),
        step.getLoss(),
        step.getGradientNorm(),
        step.getLearningRate(),
        step.getTokens(),
        step.getApplied(),
        step.getSeconds(),
        step.getWaitSeconds(),
        step.getCheckpointSeconds(),
        step.getWeightBytes(),
        step.getOptimizerBytes(),
        step.getPeakBytes(),
        meanRank);
  }
}
