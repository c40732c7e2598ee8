package dev.rivulet.ops.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.ops.bench.BenchReport.MethodResult;
import dev.rivulet.trainer.tensor.Precision;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
    double multiplyAdds = MultiplyAdds.of(WORKLOAD, Workloads.overlays(2));
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
  void chart_written_readableWithAPanelForWhatWasMeasured(@TempDir Path folder) throws Exception {
    BufferedImage whole = chart(folder.resolve("whole.png"), 7_000_000L);
    BufferedImage times = chart(folder.resolve("times.png"), null);

    assertThat(whole.getHeight()).isEqualTo(2 * times.getHeight());
    assertThat(times.getWidth()).isEqualTo(whole.getWidth()).isGreaterThan(300);
    assertThat(colours(whole)).isGreaterThan(3);
  }

  private static BufferedImage chart(Path file, @Nullable Long peak) throws Exception {
    BenchChart.write(report(peak), file);
    BufferedImage image = ImageIO.read(file.toFile());
    assertThat(image).as("an image that can be read").isNotNull();
    return image;
  }

  private static long colours(BufferedImage image) {
    int[] pixels =
        image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    return Arrays.stream(pixels).distinct().count();
  }
}
