package dev.rivulet.ops.compare;

import dev.rivulet.ops.report.Median;
import dev.rivulet.ops.report.RunRecords;
import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.Step;
import dev.rivulet.trainer.eval.Metric;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The result of one run of a comparison, from its records alone.
 *
 * @param variant name of the variant
 * @param seed its seed
 * @param run name of the run
 * @param method method of the run
 * @param steps steps taken
 * @param plannedSteps steps requested
 * @param evaluations values by metric, including those before the first step
 * @param loss training loss by step
 * @param secondsPerStep median time of a step without a refresh, waits excluded
 * @param meanSecondsPerStep mean time of all steps, refreshes included, waits excluded
 * @param trainingSeconds total time of all steps, waits excluded
 * @param peakBytes largest resident size of the training process, minus {@code processBytes}; 0
 *     where the system does not report it
 * @param processBytes resident size of that process before the model was loaded; 0 if unknown
 * @param checkpointBytes mean bytes that a checkpoint writes
 * @param checkpointStall checkpoint stall time divided by the checkpoint interval
 * @param fullBytes bytes of a copy of all weights and of AdamW's moments
 * @param optimizerBytes largest optimizer state at any step, in bytes
 * @param meanRank mean rank over the layers at the end; null for methods without ranks
 */
record RunResult(
    String variant,
    long seed,
    String run,
    String method,
    long steps,
    long plannedSteps,
    Map<String, Curve> evaluations,
    Curve loss,
    double secondsPerStep,
    double meanSecondsPerStep,
    double trainingSeconds,
    long peakBytes,
    long processBytes,
    long checkpointBytes,
    double checkpointStall,
    long fullBytes,
    long optimizerBytes,
    @Nullable Double meanRank) {

  /** Counts among the metrics of an evaluation, which do not measure the model. */
  private static final Set<String> COUNTS =
      Set.of(Metric.EVAL_ROWS.key(), Metric.EVAL_TOKENS.key());

  private static final int LOSS_POINTS = 100;

  /**
   * Returns the result of a run.
   *
   * @throws RunException when it has no steps or no checkpoints
   */
  static RunResult of(String variant, long seed, String run, RunRecords records) {
    List<Step> steps = records.steps();
    if (steps.isEmpty() || records.checkpoints().isEmpty()) {
      throw new RunException("run %s has no steps to report on".formatted(run));
    }
    Step newest = steps.get(steps.size() - 1);
    Manifest last = records.checkpoints().get(records.checkpoints().size() - 1);
    List<Double> seconds = steps.stream().map(RunResult::seconds).toList();
    return new RunResult(
        variant,
        seed,
        run,
        last.getMethod(),
        newest.getStep(),
        newest.getTotalSteps(),
        evaluations(steps, records.checkpoints().get(0)),
        loss(steps),
        median(steps),
        seconds.stream().mapToDouble(value -> value).average().orElse(0),
        seconds.stream().mapToDouble(value -> value).sum(),
        records.peakBytes(),
        records.processBytes(),
        records.checkpointBytes(),
        records.checkpointStall(),
        metric(last, "fullCopyBytes") + metric(last, "adamwOptimizerBytes"),
        steps.stream().mapToLong(Step::getOptimizerBytes).max().orElse(0),
        meanRank(last));
  }

  private static long metric(Manifest manifest, String name) {
    return Math.round(manifest.getMetrics().getOrDefault(name, 0.0));
  }

  private static double seconds(Step step) {
    return Math.max(0, step.getSeconds() - step.getWaitSeconds());
  }

  private static double median(List<Step> steps) {
    List<Double> plain =
        steps.stream().filter(step -> step.getRanks() == null).map(RunResult::seconds).toList();
    return Median.of(plain.isEmpty() ? steps.stream().map(RunResult::seconds).toList() : plain);
  }

  private static Map<String, Curve> evaluations(List<Step> steps, Manifest start) {
    Map<String, TreeMap<Long, Double>> values = new TreeMap<>();
    for (Step step : steps) {
      if (step.getMetrics() != null) {
        step.getMetrics()
            .forEach(
                (name, value) ->
                    values
                        .computeIfAbsent(name, key -> new TreeMap<>())
                        .put(step.getStep(), value));
      }
    }
    values.keySet().removeAll(COUNTS);
    Map<String, Curve> curves = new TreeMap<>();
    values.forEach(
        (name, curve) -> {
          Double before = start.getMetrics().get(name);
          if (before != null && start.getStep() == 0) {
            curve.put(0L, before);
          }
          curves.put(name, new Curve(curve));
        });
    return curves;
  }

  private static Curve loss(List<Step> steps) {
    TreeMap<Long, Double> losses = new TreeMap<>();
    steps.forEach(step -> losses.put(step.getStep(), step.getLoss()));
    return new Curve(losses);
  }

  private static @Nullable Double meanRank(Manifest last) {
    return last.getRanks().isEmpty()
        ? null
        : last.getRanks().values().stream().mapToInt(rank -> rank).average().orElseThrow();
  }

  /** Returns the peak multiplied by the hours of training, in GB-hours (10^9 bytes). */
  double gigabyteHours() {
    return peakBytes / 1e9 * trainingSeconds / 3600;
  }

  /** Returns the bytes of a checkpoint divided by those of a full copy with moments. */
  double checkpointShare() {
    return fullBytes == 0 ? Double.NaN : checkpointBytes / (double) fullBytes;
  }

  /**
   * Returns the fields for programs.
   *
   * @param metric metric of the comparison; null for none
   */
  Map<String, @Nullable Object> fields(@Nullable String metric) {
    Curve curve = metric == null ? null : evaluations.get(metric);
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("method", variant);
    fields.put("seed", seed);
    fields.put("metric", metric);
    fields.put("value", curve == null ? null : finite(curve.last()));
    fields.put(
        "best",
        metric == null || curve == null
            ? null
            : finite(curve.best(Quality.higherIsBetter(metric))));
    fields.put("peakBytes", peakBytes == 0 ? null : peakBytes);
    fields.put("processBytes", processBytes == 0 ? null : processBytes);
    fields.put("gigabyteHours", peakBytes == 0 ? null : gigabyteHours());
    fields.put("secondsPerStep", secondsPerStep);
    fields.put("meanSecondsPerStep", meanSecondsPerStep);
    fields.put("trainingSeconds", trainingSeconds);
    fields.put("checkpointBytes", checkpointBytes);
    fields.put("checkpointShare", fullBytes == 0 ? null : checkpointShare());
    fields.put("checkpointStall", checkpointStall);
    fields.put("optimizerBytes", optimizerBytes);
    fields.put("meanRank", meanRank);
    fields.put("steps", steps);
    fields.put("plannedSteps", plannedSteps);
    fields.put("run", run);
    fields.put("algorithm", method);
    Map<String, Object> curves = new LinkedHashMap<>();
    evaluations.forEach((name, values) -> curves.put(name, points(values)));
    fields.put("evaluations", curves);
    fields.put("loss", points(loss.smoothed(LOSS_POINTS)));
    return fields;
  }

  private static List<List<@Nullable Number>> points(Curve curve) {
    List<List<@Nullable Number>> points = new ArrayList<>();
    curve.values().forEach((step, value) -> points.add(Arrays.asList(step, finite(value))));
    return points;
  }

  /** Returns a number that JSON can express. */
  private static @Nullable Double finite(double value) {
    return Double.isFinite(value) ? value : null;
  }
}
