package dev.rivulet.trainer.loop;

import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.Step;
import dev.rivulet.trainer.checkpoint.LiveModel;
import dev.rivulet.trainer.checkpoint.RunPosition;
import dev.rivulet.trainer.checkpoint.SystemMemory;
import dev.rivulet.trainer.config.TrainerConfig;
import dev.rivulet.trainer.method.RankSource;
import dev.rivulet.trainer.method.StepResult;
import dev.rivulet.trainer.stream.BatchStream;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The telemetry record of a step.
 *
 * @param config the run's configuration
 * @param live the model in training
 * @param newest the newest checkpoint before the step
 * @param outage reason of an outage of the log that no step has reported yet
 */
record StepReport(TrainerConfig config, LiveModel live, Manifest newest, Optional<String> outage) {

  /**
   * Returns the record.
   *
   * @param position of the run, after the step
   * @param metrics of the evaluation after the step; empty when there was none
   */
  Step of(
      RunPosition position, TakenStep taken, StepClock.Times times, Map<String, Double> metrics) {
    StepResult result = taken.result();
    Optional<RankSource.Decided> refresh = result.refresh();
    BatchStream.Read last = taken.reads().get(taken.reads().size() - 1);
    return Step.newBuilder()
        .setRun(config.run())
        .setEpoch(position.epoch())
        .setStep(position.step())
        .setTotalSteps(config.optimization().steps())
        .setTimestamp(Instant.now())
        .setMethod(config.method().name())
        .setDataEpoch(last.batch().getDataEpoch())
        .setBatches(taken.reads().stream().map(BatchStream.Read::at).toList())
        .setLoss(finiteOrNaN(result.loss()))
        .setGradientNorm(finiteOrNaN(result.gradientNorm()))
        .setLearningRate(taken.learningRate())
        .setTokens(taken.tokens())
        .setApplied(result.applied())
        .setNote(note(result))
        .setSeconds(times.totalSeconds())
        .setWaitSeconds(times.waitSeconds())
        .setCheckpointSeconds(times.stallSeconds())
        .setWeightBytes(live.weightBytes())
        .setOptimizerBytes(live.method().optimizerBytes())
        .setPeakBytes(SystemMemory.peakBytes())
        .setRanks(refresh.map(RankSource.Decided::ranks).orElse(null))
        .setFallback(refresh.map(RankSource.Decided::fallback).orElse(false))
        .setCheckpoint(newest.getCheckpoint())
        .setCheckpointStep(newest.getStep())
        .setMetrics(metrics.isEmpty() ? null : metrics)
        .setZerothOrder(result.zerothOrder().orElse(null))
        .build();
  }

  private @Nullable String note(StepResult result) {
    Stream<String> notes = Stream.concat(ofStep(result).stream(), outage.stream());
    String all = notes.collect(Collectors.joining("; "));
    return all.isEmpty() ? null : all;
  }

  private static Optional<String> ofStep(StepResult result) {
    if (!result.applied()) {
      return Optional.of(
          "loss %s, gradient norm %s: the update was withheld"
              .formatted(result.loss(), result.gradientNorm()));
    }
    boolean fallback = result.refresh().map(RankSource.Decided::fallback).orElse(false);
    return fallback
        ? Optional.of("no decision from the rank monitor: the trainer applied the policy")
        : Optional.empty();
  }

  private static double finiteOrNaN(double value) {
    return Double.isFinite(value) ? value : Double.NaN;
  }
}
