package dev.rivulet.ops.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rivulet.ops.chart.BarChart;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonTest {
  private static final Comparison TWO =
      new Comparison(
          "reviews",
          List.of(
              Results.of("adamw", 0, 0.5, 0.75, 0.7),
              Results.of("rank-8", 0, 0.5, 0.6, 0.65),
              Results.of("adamw", 1, 0.5, 0.7, 0.8)),
          List.of("reviews-rank-8-s1: its process ended with code 1: no disk (x.log)"));

  @Test
  void variants_inOrder_withTheSpreadOfTheirSeeds() {
    assertThat(TWO.variants()).containsExactly("adamw", "rank-8");
    assertThat(TWO.metric()).isEqualTo("accuracy");
    Spread spread = TWO.spread("adamw", result -> Comparison.last(result, "accuracy"));
    assertThat(spread.count()).isEqualTo(2);
    assertThat(spread.mean()).isEqualTo(0.75, within(1e-12));
  }

  @Test
  void metric_isTheTasksOwn() {
    assertThat(Quality.of(List.of("evalLoss", "f1", "accuracy"))).contains("accuracy");
    assertThat(Quality.of(List.of("evalLoss", "perplexity", "tokenAccuracy")))
        .contains("perplexity");
    assertThat(Quality.of(List.of())).isEmpty();
    assertThat(Quality.higherIsBetter("mcc")).isTrue();
    assertThat(Quality.higherIsBetter("perplexity")).isFalse();
  }

  @Test
  void table_hasFiguresCaptionAndFailures() {
    assertThat(ComparisonTable.of(TWO).lines())
        .containsExactly(
            "method  runs  accuracy       best           peak MB      GB-hours         s/step"
                + "         with refreshes  checkpoint  of full  stall  optimizer  mean rank",
            "adamw      2  0.750 ± 0.071  0.775 ± 0.035  500.0 ± 0.0  0.0500 ± 0.0000  0.500 ±"
                + " 0.000  0.750 ± 0.000   2.0 MB      25.0 %   1.0 %  1.5 MB             -",
            "rank-8     1  0.650          0.650          500.0        0.0500           0.500 "
                + "         0.750           2.0 MB      25.0 %   1.0 %  1.5 MB             -",
            "",
            "Mean ± standard deviation over seeds. The metrics are those of the last evaluation;"
                + " best is over all of them.",
            "peak: largest growth of the training process since before the model was loaded.",
            "s/step: median without refreshes; with refreshes: mean of all steps; both exclude"
                + " waits.",
            "checkpoint: mean bytes written; of full: their share of all weights with AdamW's"
                + " moments; stall: share of the time for which checkpoints stopped training.",
            "failed: reviews-rank-8-s1: its process ended with code 1: no disk (x.log)");
  }

  @Test
  void table_allFailed_hasFailuresOnly() {
    assertThat(ComparisonTable.of(new Comparison("reviews", List.of(), List.of("a: no disk"))))
        .isEqualTo("failed: a: no disk");
  }

  @Test
  void fields_areThoseThatProgramsRead() {
    Map<String, ?> fields = TWO.fields();
    assertThat(fields)
        .containsOnlyKeys("comparison", "metric", "peakIsGrowth", "variants", "runs", "failures");
    assertThat(fields.get("peakIsGrowth")).isEqualTo(true);
    assertThat((List<?>) fields.get("runs")).hasSize(3);
    assertThat(fields)
        .extractingByKey("variants")
        .asInstanceOf(InstanceOfAssertFactories.list(Map.class))
        .first()
        .extracting(variant -> variant.get("seeds"))
        .isEqualTo(List.of(0L, 1L));
  }

  @Test
  void fields_spreadOfPeakAndCheckpoint_byVariant() {
    JsonNode first = new ObjectMapper().valueToTree(TWO.fields()).at("/variants/0");

    assertThat(first.at("/peakBytes/mean").asDouble()).isEqualTo(500e6);
    assertThat(first.at("/peakBytes/deviation").asDouble()).isZero();
    assertThat(first.at("/checkpointBytes/mean").asDouble()).isEqualTo(2e6);
  }

  @Test
  void write_curves_haveTheWidthOfAReadme(@TempDir Path folder) throws Exception {
    assertThat(
            ImageIO.read(CurveChart.write(TWO, folder.resolve("curves.png")).toFile()).getWidth())
        .isEqualTo(BarChart.WIDTH);
  }
}
