package dev.rivulet.trainer.loop;

import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.Step;
import dev.rivulet.trainer.checkpoint.LiveModel;
import dev.rivulet.trainer.checkpoint.SystemMemory;
import dev.rivulet.trainer.config.TrainerConfig;
import dev.rivulet.trainer.method.RankSource;
import dev.rivulet.trainer.method.StepResult;
import dev.rivulet.trainer.stream.BatchStream;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The records of steps, as the log gets them.
 *
 * @param config the run's configuration
 * @param live the model in training
 * @param newest the newest checkpoint before the step
 * @param checkpointSeconds how long training stood still for a checkpoint since the step before
 * @param outage why the log took no writes for a while, where that is news
 */
record StepReport(
    TrainerConfig config,
    LiveModel live,
    Manifest newest,
    double checkpointSeconds,
    Optional<String> outage) {

  Step of(
      long step,
      List<BatchStream.Read> reads,
      StepResult result,
      double learningRate,
      long tokens,
      double seconds,
      double waitSeconds,
      @Nullable Map<String, Double> metrics) {
    return Step.newBuilder()
        .setRun(config.run())
        .setEpoch(newest.getEpoch())
        .setStep(step)
        .setTotalSteps(config.steps())
        .setTimestamp(Instant.now())
        .setMethod(config.method().name())
        .setDataEpoch(reads.get(reads.size() - 1).batch().getDataEpoch())
        .setBatches(reads.stream().map(BatchStream.Read::at).toList())
        .setLoss(finiteOrNaN(result.loss()))
        .setGradientNorm(finiteOrNaN(result.gradientNorm()))
        .setLearningRate(learningRate)
        .setTokens(tokens)
        .setApplied(result.applied())
        .setNote(note(result))
        .setSeconds(seconds)
        .setWaitSeconds(waitSeconds)
        .setCheckpointSeconds(checkpointSeconds)
        .setWeightBytes(live.weightBytes())
        .setOptimizerBytes(live.method().optimizerBytes())
        .setPeakBytes(SystemMemory.peakBytes())
        .setRanks(result.refresh().map(RankSource.Decided::ranks).orElse(null))
        .setFallback(result.refresh().map(RankSource.Decided::fallback).orElse(false))
        .setCheckpoint(newest.getCheckpoint())
        .setCheckpointStep(newest.getStep())
        .setMetrics(metrics == null || metrics.isEmpty() ? null : metrics)
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
