package dev.rivulet.ops.bench;

import dev.rivulet.ops.bench.BenchReport.MethodResult;
import dev.rivulet.ops.console.Sizes;
import dev.rivulet.ops.console.TextTable;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The results of a benchmark as a table. */
final class BenchTable {
  private static final List<String> HEADINGS =
      List.of(
          "method",
          "rank",
          "base",
          "precision",
          "memory",
          "s/step",
          "tokens/s",
          "of AdamW",
          "of ceiling",
          "peak",
          "estimate");

  private BenchTable() {}

  /** Returns the table. */
  static String of(BenchReport report) {
    return String.join(
        "\n",
        text(
            "%s, %.1f M parameters; batches of %d x %d tokens; %s, %d threads",
            report.model(),
            report.workload().shape().parameters() / 1e6,
            report.workload().rows(),
            report.workload().length(),
            report.device(),
            report.threads()),
        "ceiling of matrix products: "
            + report.flops().entrySet().stream()
                .map(
                    rate ->
                        text(
                            "%s %.1f GFLOP/s",
                            Contender.spelled(rate.getKey()), rate.getValue() / 1e9))
                .collect(Collectors.joining(", ")),
        "",
        new TextTable(HEADINGS, report.methods().stream().<List<?>>map(BenchTable::row).toList())
            .toString(),
        "",
        text(
            "refreshes add %.2f %% to the time of AdaRankGrad, at one in %d steps",
            100 * report.refreshShare(), Contender.REFRESH_EVERY),
        text("a step through Kafka takes %.3f times one from memory", report.pipelineRatio()));
  }

  private static List<?> row(MethodResult method) {
    Contender contender = method.contender();
    return Arrays.asList(
        Contender.spelled(contender.algorithm()),
        contender.rank() == 0 ? null : contender.rank(),
        Contender.spelled(contender.base()),
        Contender.spelled(contender.precision()),
        Contender.spelled(contender.memory()),
        method.secondsPerStep(),
        Math.round(method.tokensPerSecond()),
        text("%.3f", method.ratioToAdamw()),
        text("%.1f %%", 100 * method.shareOfCeiling()),
        method.peakBytes() == null ? null : Sizes.bytes(method.peakBytes()),
        Sizes.bytes(method.estimatedBytes()));
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
