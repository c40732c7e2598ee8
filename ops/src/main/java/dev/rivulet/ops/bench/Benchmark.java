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
 * memory; between them the device's ceiling.
 *
 * @param model name of the model, for the report
 * @param workload what is trained
 * @param engine where; its precision is not looked at
 * @param precisions the precisions to compare in; of several, those that are hopeless on the device
 *     are left out
 * @param rank rank of the overlays
 * @param steps steps of each contender that count
 * @param scratch folder for files in passing
 */
record Benchmark(
    String model,
    Workload workload,
    EngineConfig engine,
    List<Precision> precisions,
    int rank,
    int steps,
    Path scratch) {

  /** Most pairs of a plain step and a refresh. */
  private static final int REFRESHES = 5;

  /** A narrow precision whose products take this many times longer than float32's is hopeless. */
  private static final double HOPELESS = 10;

  /**
   * Measures.
   *
   * @throws IOException when a process or a file fails
   * @throws InterruptedException when the thread is interrupted, which is looked at after each step
   */
  BenchReport run(BenchProgress progress) throws IOException, InterruptedException {
    try (Kernels kernels = engine.load()) {
      Ceiling ceiling = new Ceiling(kernels);
      measure(ceiling, progress);
      List<Precision> compared = worthwhile(ceiling, progress);
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

  /** Some processors have no products in bfloat16, and take very long to do without. */
  private List<Precision> worthwhile(Ceiling ceiling, BenchProgress progress) {
    if (precisions.size() == 1) {
      return precisions;
    }
    double usual = ceiling.flops(Precision.FP32);
    List<Precision> worthwhile = new ArrayList<>();
    for (Precision precision : precisions) {
      double flops = ceiling.flops(precision);
      if (HOPELESS * flops >= usual) {
        worthwhile.add(precision);
      } else {
        progress.tell(
            "%s is left out: its products run at %.1f GFLOP/s here, those of fp32 at %.1f",
            Contender.spelled(precision), flops / 1e9, usual / 1e9);
      }
    }
    return worthwhile;
  }

  /**
   * Measures the memory of contenders.
   *
   * @param seconds times of their steps, AdamW's first
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

  /** Returns the peak on a CPU; that of a GPU's memory no process is told. */
  private @Nullable Long peak(Kernels kernels, Contender contender)
      throws IOException, InterruptedException {
    boolean measurable = kernels.device().startsWith("cpu") && ResidentMemory.isKnown();
    return measurable ? PeakMemory.measure(workload, contender, engine.threads(), scratch) : null;
  }
}
