package dev.rivulet.ops.status.board;

import dev.rivulet.schemas.record.Step;
import org.jspecify.annotations.Nullable;

/**
 * One optimizer step, for charts.
 *
 * @param timestamp end of the step, milliseconds since 1970
 * @param loss mean training loss; NaN when it was not finite
 * @param gradientNorm before clipping; NaN when it was not finite
 * @param tokens tokens in the step's batches
 * @param applied false when the update was withheld
 * @param seconds wall time, with waiting
 * @param waitSeconds waiting time for batches and decisions
 * @param checkpointSeconds training stall for a checkpoint before the step
 * @param meanRank mean of the current ranks over the layers; null before the first refresh
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
