package dev.rivulet.schemas.fold;

import dev.rivulet.schemas.quant.Nf4;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * A report that compares the speed of the fold with the limits of plain Java: runs {@link
 * FoldBenchmark} and {@link BoundBenchmark} in one JMH run, with one thread and with one per core.
 *
 * <p>The fastest invocation of each benchmark counts, because other processes may use the machine.
 * The memory traffic of the fold is one read and one write of the weight.
 */
public final class FoldFigures {
  private FoldFigures() {}

  /** Runs the benchmarks and prints the report. */
  public static void main(String[] args) throws RunnerException {
    int cores = Runtime.getRuntime().availableProcessors();
    String[] threads =
        IntStream.of(1, cores).distinct().mapToObj(String::valueOf).toArray(String[]::new);
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .include(BoundBenchmark.class.getName())
                    .include(FoldBenchmark.class.getName())
                    .param("threads", threads)
                    .forks(1)
                    .jvmArgs("-Xmx2g")
                    .warmupIterations(4)
                    .warmupTime(TimeValue.milliseconds(500))
                    .measurementIterations(10)
                    .measurementTime(TimeValue.milliseconds(300))
                    .shouldFailOnError(true)
                    .build())
            .run();
    for (String count : threads) {
      print(
          count,
          results.stream().filter(result -> count.equals(param(result, "threads"))).toList());
    }
  }

  private static void print(String threads, List<RunResult> results) {
    double copy = 8.0 * BoundBenchmark.LARGE / nanoseconds(results, "copy");
    double triad = 12.0 * BoundBenchmark.LARGE / nanoseconds(results, "triad");
    double axpy = BoundBenchmark.AXPY_OPERATIONS / nanoseconds(results, "axpy");
    double polynomial = BoundBenchmark.POLYNOMIAL_OPERATIONS / nanoseconds(results, "polynomial");
    double bandwidth = Math.max(copy, triad);
    row("%n%s threads: copy %.1f GB/s, triad %.1f GB/s", threads, copy, triad);
    row("axpy in L1 %.1f, polynomial %.1f billion multiply-adds/s", axpy, polynomial);
    row("%-10s %-5s %8s %6s %8s %7s", "shape", "form", "G fma/s", "axpy", "polynom.", "memory");
    for (RunResult result : results) {
      if (isOf(result, "fold")) {
        String[] shape = param(result, "shape").split("x", 2);
        double values = Double.parseDouble(shape[0]) * Double.parseDouble(shape[1]);
        BaseForm form = BaseForm.valueOf(param(result, "form"));
        double rate = values * FoldBenchmark.RANK / best(result);
        double traffic = 2 * bytes(form) * values / best(result);
        row(
            "%-10s %-5s %8.1f %5.0f%% %7.0f%% %6.0f%%",
            param(result, "shape"),
            form,
            rate,
            100 * rate / axpy,
            100 * rate / polynomial,
            100 * traffic / bandwidth);
      }
    }
  }

  private static void row(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }

  private static double bytes(BaseForm form) {
    return switch (form) {
      case FP32 -> Float.BYTES;
      case BF16 -> Short.BYTES;
      case NF4, NF4_DQ -> Nf4.BYTES_PER_VALUE;
    };
  }

  private static double nanoseconds(List<RunResult> results, String benchmark) {
    return results.stream()
        .filter(result -> isOf(result, benchmark))
        .mapToDouble(FoldFigures::best)
        .min()
        .orElseThrow();
  }

  private static double best(RunResult result) {
    return result.getPrimaryResult().getStatistics().getMin();
  }

  private static boolean isOf(RunResult result, String benchmark) {
    return result.getParams().getBenchmark().endsWith("." + benchmark);
  }

  private static String param(RunResult result, String name) {
    BenchmarkParams params = result.getParams();
    return params.getParam(name);
  }
}
