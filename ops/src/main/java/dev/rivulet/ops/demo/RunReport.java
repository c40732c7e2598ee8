package dev.rivulet.ops.demo;

import dev.rivulet.ops.report.RunRecords;
import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.Step;
import dev.rivulet.trainer.eval.Metric;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The figures of a run, from its records alone.
 *
 * @param run name of the run
 * @param method method of the run
 * @param steps steps taken
 * @param before scores before the first step
 * @param after scores of the last evaluation
 * @param lossFirst mean training loss of the first steps, up to {@value #LOSS_STEPS}
 * @param lossLast mean training loss of the same number of last steps
 * @param weightBytes bytes of the model weights in memory
 * @param optimizerBytes largest optimizer state at any step, in bytes
 * @param adamwOptimizerBytes bytes of AdamW's state for the same model
 * @param peakBytes largest resident size of the process
 * @param ranksFirst mean rank by kind of layer at the first refresh; empty for methods without
 *     ranks
 * @param ranksLast the same at the last refresh
 * @param checkpoints checkpoints committed
 * @param checkpointBytes mean bytes written by a checkpoint that wrote any
 * @param checkpointStall share of the time for which checkpoints stopped training
 * @param fullCopyBytes bytes of all weights
 * @param decisions rank decisions, one per layer and refresh
 * @param rollbacks rollbacks completed
 */
record RunReport(
    String run,
    String method,
    long steps,
    Map<String, Double> before,
    Map<String, Double> after,
    @Nullable Double lossFirst,
    @Nullable Double lossLast,
    long weightBytes,
    long optimizerBytes,
    long adamwOptimizerBytes,
    long peakBytes,
    Map<String, Double> ranksFirst,
    Map<String, Double> ranksLast,
    long checkpoints,
    long checkpointBytes,
    double checkpointStall,
    long fullCopyBytes,
    long decisions,
    long rollbacks) {
  private static final int LOSS_STEPS = 20;

  /**
   * Returns the report on the records of a run.
   *
   * @throws RunException when there are none
   */
  static RunReport of(String run, RunRecords records) {
    List<Step> steps = records.steps();
    List<Manifest> checkpoints = records.checkpoints();
    if (checkpoints.isEmpty()) {
      throw new RunException("run %s has no checkpoints to report on".formatted(run));
    }
    Manifest first = checkpoints.get(0);
    Manifest last = checkpoints.get(checkpoints.size() - 1);
    List<Step> refreshes = steps.stream().filter(step -> step.getRanks() != null).toList();
    return new RunReport(
        run,
        last.getMethod(),
        steps.isEmpty() ? 0 : steps.get(steps.size() - 1).getStep(),
        first.getMetrics(),
        last(steps, first),
        mean(steps.subList(0, Math.min(LOSS_STEPS, steps.size()))),
        mean(steps.subList(Math.max(0, steps.size() - LOSS_STEPS), steps.size())),
        max(steps, Step::getWeightBytes),
        max(steps, Step::getOptimizerBytes),
        Math.round(orZero(last.getMetrics().get("adamwOptimizerBytes"))),
        max(steps, Step::getPeakBytes),
        refreshes.isEmpty() ? Map.of() : byKind(refreshes.get(0), records.kinds()),
        refreshes.isEmpty()
            ? Map.of()
            : byKind(refreshes.get(refreshes.size() - 1), records.kinds()),
        checkpoints.size(),
        records.checkpointBytes(),
        records.checkpointStall(),
        Math.round(orZero(last.getMetrics().get("fullCopyBytes"))),
        records.decisions().size(),
        checkpoints.stream().filter(RunReport::isRollback).count());
  }

  private static boolean isRollback(Manifest checkpoint) {
    return checkpoint.getCause() == Cause.ROLLBACK;
  }

  private static Map<String, Double> last(List<Step> steps, Manifest first) {
    Map<String, Double> newest = first.getMetrics();
    for (Step step : steps) {
      newest = step.getMetrics() == null ? newest : step.getMetrics();
    }
    return newest;
  }

  /** Returns whether the run models language; otherwise it classifies. */
  boolean isCausal() {
    return before.containsKey(Metric.PERPLEXITY.key());
  }

  /** Returns the metric of the model's quality: accuracy, or perplexity. */
  Metric quality() {
    return isCausal() ? Metric.PERPLEXITY : Metric.ACCURACY;
  }

  /** Returns the quality before the first step. */
  @Nullable Double qualityBefore() {
    return before.get(quality().key());
  }

  /** Returns the quality at the last evaluation. */
  @Nullable Double qualityAfter() {
    return after.get(quality().key());
  }

  /** Returns the number of rows or tokens in an evaluation. */
  long evaluated() {
    Metric size = isCausal() ? Metric.EVAL_TOKENS : Metric.EVAL_ROWS;
    return Math.round(orZero(before.get(size.key())));
  }

  private static double orZero(@Nullable Double value) {
    return value == null ? 0 : value;
  }

  private static long max(List<Step> steps, ToLongFunction<Step> bytes) {
    return steps.stream().mapToLong(bytes).max().orElse(0);
  }

  /** Returns the mean loss of the steps whose loss was finite; nothing when none was. */
  private static @Nullable Double mean(List<Step> steps) {
    OptionalDouble mean =
        steps.stream().mapToDouble(Step::getLoss).filter(Double::isFinite).average();
    return mean.isPresent() ? mean.getAsDouble() : null;
  }

  private static Map<String, Double> byKind(Step refresh, Map<String, String> kinds) {
    Map<String, Integer> ranks = refresh.getRanks() == null ? Map.of() : refresh.getRanks();
    return ranks.entrySet().stream()
        .collect(
            Collectors.groupingBy(
                rank -> kinds.getOrDefault(rank.getKey(), "other"),
                TreeMap::new,
                Collectors.averagingInt(Map.Entry::getValue)));
  }

  /**
   * Returns the fields for programs.
   *
   * @param seconds wall time of the command
   * @param statusUrl address of the status page
   */
  Map<String, @Nullable Object> fields(double seconds, String statusUrl) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("run", run);
    fields.put("method", method);
    fields.put("steps", steps);
    fields.put(quality().key() + "Before", qualityBefore());
    fields.put(quality().key() + "After", qualityAfter());
    fields.put("lossFirst", lossFirst);
    fields.put("lossLast", lossLast);
    fields.put("optimizerBytes", optimizerBytes);
    fields.put("adamwOptimizerBytes", adamwOptimizerBytes);
    fields.put("peakBytes", peakBytes);
    fields.put("ranksFirst", ranksFirst);
    fields.put("ranksLast", ranksLast);
    fields.put("checkpoints", checkpoints);
    fields.put("checkpointBytes", checkpointBytes);
    fields.put("checkpointStall", checkpointStall);
    fields.put("fullCopyBytes", fullCopyBytes);
    fields.put("decisions", decisions);
    fields.put("rollbacks", rollbacks);
    fields.put("seconds", seconds);
    fields.put("statusUrl", statusUrl);
    return fields;
  }
}
