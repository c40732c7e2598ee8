package dev.rivulet.ops.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.ops.bench.BenchReport.MethodResult;
import dev.rivulet.ops.chart.BarChart;
import dev.rivulet.ops.chart.BarChart.Panel;
import dev.rivulet.ops.chart.BarChart.Value;
import dev.rivulet.ops.console.JsonReport;
import dev.rivulet.trainer.tensor.Precision;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BenchReportTest {
  private static final Workload WORKLOAD = Workloads.languageModel(false);
  private static final double FLOPS = 50_000;

  private static BenchReport report(@Nullable Long peak) {
    return new BenchReport(
        "small",
        WORKLOAD,
        "cpu()",
        2,
        5,
        Map.of(Precision.FP32, FLOPS),
        List.of(
            MethodResult.of(WORKLOAD, Workloads.ADAMW, 0.5, 0.5, FLOPS, peak),
            MethodResult.of(WORKLOAD, Workloads.overlays(2), 0.4, 0.5, FLOPS, peak)),
        0.0125,
        1.002);
  }

  @Test
  void of_times_giveRateRatioAndShare() {
    MethodResult result = report(7L).methods().get(1);

    assertThat(result.tokensPerSecond()).isCloseTo(6 / 0.4, within(1e-9));
    assertThat(result.ratioToAdamw()).isCloseTo(0.8, within(1e-9));
    double multiplyAdds = WORKLOAD.multiplyAdds(Workloads.overlays(2));
    assertThat(result.shareOfCeiling()).isCloseTo(2 * multiplyAdds / (0.4 * FLOPS), within(1e-9));
    assertThat(result.estimatedBytes())
        .isEqualTo(WORKLOAD.estimate(Workloads.overlays(2)).peak())
        .isPositive();
  }

  @Test
  void refreshShare_overTheStepsBetween() {
    assertThat(RefreshCost.share(0.5, 2.5)).isCloseTo(2.0 / (200 * 0.5), within(1e-12));
  }

  @Test
  void between_times_secondsFromOneToTheNext() {
    assertThat(PipelineTurns.between(List.of(1000L, 1500L, 3500L))).containsExactly(0.5, 2.0);
  }

  @Test
  void fields_asJson_haveAllKeys() {
    JsonNode json = new ObjectMapper().valueToTree(report(7L).fields());

    assertThat(json.fieldNames())
        .toIterable()
        .contains("gemmGflops", "methods", "refreshShare", "pipelineRatio", "device", "threads");
    assertThat(json.at("/gemmGflops/fp32").asDouble()).isEqualTo(FLOPS / 1e9);
    assertThat(json.at("/methods/0").fieldNames())
        .toIterable()
        .containsExactly(
            "name",
            "rank",
            "base",
            "precision",
            "memory",
            "secondsPerStep",
            "tokensPerSecond",
            "ratioToAdamw",
            "shareOfCeiling",
            "peakBytes",
            "estimatedBytes");
    assertThat(json.at("/methods/0/rank").isNull()).isTrue();
    assertThat(json.at("/methods/1/rank").asInt()).isEqualTo(2);
    assertThat(json.at("/methods/1/name").asText()).isEqualTo("adarankgrad");
    assertThat(json.at("/methods/1/peakBytes").asLong()).isEqualTo(7);
  }

  @Test
  void table_peakUnknown_dash() {
    assertThat(BenchTable.of(report(null)).lines())
        .contains("ceiling of matrix products: fp32 0.0 GFLOP/s")
        .anyMatch(line -> line.matches("adamw +- +fp32 +fp32 +fast +0\\.5000 +12 +1\\.000 .* - .*"))
        .anyMatch(line -> line.matches("adarankgrad +2 .* 0\\.800 .*"))
        .contains("refreshes add 1.25 % to the time of AdaRankGrad, at one in 200 steps")
        .contains("a step through Kafka takes 1.002 times one from memory");
  }

  @Test
  void chart_peaksMeasured_hasTimesAndMemory() {
    BarChart chart = BenchChart.of(JsonReport.of(report(7_000_000L).fields()));

    assertThat(chart.labels()).containsExactly("adamw", "adarankgrad");
    assertThat(chart.series()).containsExactly("fp32");
    assertThat(chart.panels())
        .extracting(Panel::title)
        .containsExactly("seconds per step", "peak memory, MB");
    assertThat(chart.panels().get(0).values().get(1)).containsExactly(new Value(0.4, 0, "0.40"));
    assertThat(chart.panels().get(1).values().get(1)).containsExactly(new Value(7, 0, "7"));
  }

  @Test
  void chart_peaksUnknown_hasTimesOnly() {
    assertThat(BenchChart.of(JsonReport.of(report(null).fields())).panels())
        .extracting(Panel::title)
        .containsExactly("seconds per step");
  }
}
