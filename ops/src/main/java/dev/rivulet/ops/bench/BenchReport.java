package dev.rivulet.ops.bench;

import dev.rivulet.trainer.tensor.Precision;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The results of a benchmark.
 *
 * @param model name of the model, as requested
 * @param workload the model and its batches
 * @param device the device
 * @param threads threads of an operator on a CPU
 * @param steps measured steps per contender
 * @param flops the device's ceiling by precision, in floating-point operations per second
 * @param methods one per contender
 * @param refreshShare time that refreshes add, divided by that of the steps between them
 * @param pipelineRatio step time through Kafka divided by step time from memory
 */
record BenchReport(
    String model,
    Workload workload,
    String device,
    int threads,
    int steps,
    Map<Precision, Double> flops,
    List<MethodResult> methods,
    double refreshShare,
    double pipelineRatio) {

  /**
   * The results of a contender.
   *
   * @param contender the contender
   * @param secondsPerStep median time of a plain step
   * @param tokensPerSecond tokens of a batch divided by that time
   * @param ratioToAdamw that time divided by AdamW's at the same precision
   * @param shareOfCeiling useful floating-point operations in that time divided by the ceiling's
   * @param peakBytes growth of the resident peak; null where it cannot be measured
   * @param estimatedBytes estimate of the peak
   */
  record MethodResult(
      Contender contender,
      double secondsPerStep,
      double tokensPerSecond,
      double ratioToAdamw,
      double shareOfCeiling,
      @Nullable Long peakBytes,
      long estimatedBytes) {

    /**
     * Returns the result of a contender.
     *
     * @param seconds median time of its step
     * @param adamwSeconds median step time of AdamW
     * @param flops the ceiling of its precision
     */
    static MethodResult of(
        Workload workload,
        Contender contender,
        double seconds,
        double adamwSeconds,
        double flops,
        @Nullable Long peakBytes) {
      return new MethodResult(
          contender,
          seconds,
          workload.tokens() / seconds,
          seconds / adamwSeconds,
          2.0 * workload.multiplyAdds(contender) / (seconds * flops),
          peakBytes,
          workload.estimate(contender).peak());
    }

    private Map<String, @Nullable Object> fields() {
      Map<String, @Nullable Object> fields = new LinkedHashMap<>();
      fields.put("name", Contender.spelled(contender.algorithm()));
      fields.put("rank", contender.rank() == 0 ? null : contender.rank());
      fields.put("base", Contender.spelled(contender.base()));
      fields.put("precision", Contender.spelled(contender.precision()));
      fields.put("memory", Contender.spelled(contender.memory()));
      fields.put("secondsPerStep", secondsPerStep);
      fields.put("tokensPerSecond", tokensPerSecond);
      fields.put("ratioToAdamw", ratioToAdamw);
      fields.put("shareOfCeiling", shareOfCeiling);
      fields.put("peakBytes", peakBytes);
      fields.put("estimatedBytes", estimatedBytes);
      return fields;
    }
  }

  /** Returns the fields for programs. */
  Map<String, Object> fields() {
    Map<String, Object> gemmGflops = new LinkedHashMap<>();
    flops.forEach((precision, rate) -> gemmGflops.put(Contender.spelled(precision), rate / 1e9));
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("model", model);
    fields.put("parameters", workload.shape().parameters());
    fields.put("rows", workload.rows());
    fields.put("length", workload.length());
    fields.put("steps", steps);
    fields.put("device", device);
    fields.put("threads", threads);
    fields.put("gemmGflops", gemmGflops);
    fields.put("methods", methods.stream().map(MethodResult::fields).toList());
    fields.put("refreshShare", refreshShare);
    fields.put("pipelineRatio", pipelineRatio);
    return fields;
  }
}
