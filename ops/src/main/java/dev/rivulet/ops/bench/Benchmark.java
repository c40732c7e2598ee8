package dev.rivulet.ops.bench;

import dev.rivulet.ops.bench.BenchReport.MethodResult;
import dev.rivulet.trainer.tensor.EngineConfig;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Precision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All measurements, one after the other: step times by precision, refreshes, the pipeline, and
 * memory. The device's ceiling is measured between them.
 *
 * @param model name of the model, for the report
 * @param workload the model and its batches
 * @param engine device and threads; its precision is ignored
 * @param precisions the precisions to compare; of several, those that are much too slow on the
 *     device are skipped
 * @param rank rank of the overlays
 * @param steps measured steps per contender
 * @param scratch folder for temporary files
 */
record Benchmark(
    String model,
    Workload workload,
    EngineConfig engine,
    List<Precision> precisions,
    int rank,
    int steps,
    Path scratch) {

  /** The largest number of pairs of a plain step and a refresh. */
  private static final int REFRESHES = 5;

  /** A precision whose products take this many times longer than float32's is skipped. */
  private static final double TOO_SLOW = 10;

  /**
   * Runs all measurements.
   *
   * @throws IOException when a process or a file fails
   * @throws InterruptedException when the thread is interrupted; checked after each step
   */
  BenchReport run(BenchProgress progress) throws IOException, InterruptedException {
    try (Kernels kernels = engine.load()) {
      Ceiling ceiling = new Ceiling(kernels);
      measure(ceiling, progress);
      List<Precision> compared = fastEnough(ceiling, progress);
      List<Map<Contender, Double>> times = new ArrayList<>();
      for (Precision precision : compared) {
        times.add(
            Alternation.run(kernels, workload, Contender.of(precision, rank), steps, progress));
        measure(ceiling, progress);
      }
      Contender overlay = Contender.adaRankGrad(compared.get(0), rank);
      double refreshShare =
          RefreshCost.share(kernels, workload, overlay, Math.min(steps, REFRESHES), progress);
      double pipelineRatio =
          new PipelineCost(workload, overlay, engine, steps).ratio(kernels, scratch, progress);
      List<MethodResult> methods = new ArrayList<>();
      for (Map<Contender, Double> group : times) {
        methods.addAll(results(kernels, group, ceiling, progress));
      }
      return new BenchReport(
          model,
          workload,
          kernels.device(),
          engine.threads(),
          steps,
          ceiling.flops(),
          methods,
          refreshShare,
          pipelineRatio);
    }
  }

  private static void measure(Ceiling ceiling, BenchProgress progress) throws InterruptedException {
    progress.part("ceiling of matrix products", 1);
    ceiling.measure();
    progress.done();
  }

  /** Some processors have no bfloat16 products and emulate them very slowly. */
  private List<Precision> fastEnough(Ceiling ceiling, BenchProgress progress) {
    if (precisions.size() == 1) {
      return precisions;
    }
    double fp32 = ceiling.flops(Precision.FP32);
    List<Precision> fastEnough = new ArrayList<>();
    for (Precision precision : precisions) {
      double flops = ceiling.flops(precision);
      if (TOO_SLOW * flops >= fp32) {
        fastEnough.add(precision);
      } else {
        progress.print(
            "%s is skipped: its products run at %.1f GFLOP/s here, those of fp32 at %.1f",
            Contender.spelled(precision), flops / 1e9, fp32 / 1e9);
      }
    }
    return fastEnough;
  }

  /**
   * Measures the memory of contenders.
   *
   * @param seconds step times by contender, AdamW first
   */
  private List<MethodResult> results(
      Kernels kernels, Map<Contender, Double> seconds, Ceiling ceiling, BenchProgress progress)
      throws IOException, InterruptedException {
    double adamw = seconds.values().iterator().next();
    List<MethodResult> results = new ArrayList<>();
    for (Map.Entry<Contender, Double> entry : seconds.entrySet()) {
      Contender contender = entry.getKey();
      progress.part("memory: " + contender.label(), 1);
      results.add(
          MethodResult.of(
              workload,
              contender,
              entry.getValue(),
              adamw,
              ceiling.flops(contender.precision()),
              peak(kernels, contender)));
      progress.done();
    }
    return results;
  }

  /** Returns the peak on a CPU; null on a GPU, whose peak memory a process cannot read. */
  private @Nullable Long peak(Kernels kernels, Contender contender)
      throws IOException, InterruptedException {
    boolean measurable = kernels.device().startsWith("cpu") && ResidentMemory.isKnown();
    return measurable ? PeakMemory.measure(workload, contender, engine.threads(), scratch) : null;
  }
}
