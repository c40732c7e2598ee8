package dev.rivulet.ops.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.rivulet.ops.report.Log;
import dev.rivulet.ops.report.RunRecords;
import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.Step;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RunResultTest {
  private static final Map<String, Double> SIZES =
      Map.of(
          "adamwOptimizerBytes", 2000.0,
          "fullCopyBytes", 1000.0,
          "processBytes", 4000.0,
          "accuracy", 0.5,
          "evalRows", 12.0);
  private static final Manifest START = Log.checkpoint(0, 0, Cause.START).setMetrics(SIZES).build();
  private static final Manifest FINISH =
      Log.checkpoint(0, 100, Cause.FINISH)
          .setMetrics(SIZES)
          .setRanks(Map.of("a", 8, "b", 3))
          .setState(List.of(Log.tensor("state", 0, 300)))
          .build();

  @Test
  void of_evaluations_includeStepZeroAndOmitCounts() {
    RunResult result =
        result(
            List.of(
                Log.step(0, 1, 0.7).build(),
                Log.step(0, 2, 0.6)
                    .setMetrics(Map.of("accuracy", 0.8, "f1", 0.7, "evalRows", 12.0))
                    .build(),
                Log.step(0, 4, 0.6).setMetrics(Map.of("accuracy", 0.6, "f1", 0.65)).build()),
            START,
            FINISH);
    assertThat(result.evaluations()).containsOnlyKeys("accuracy", "f1");
    Curve accuracy = Comparison.curve(result, "accuracy");
    assertThat(accuracy.values())
        .containsExactly(Map.entry(0L, 0.5), Map.entry(2L, 0.8), Map.entry(4L, 0.6));
    assertThat(Comparison.curve(result, "f1").values()).containsOnlyKeys(2L, 4L);
    assertThat(result.fields("accuracy"))
        .containsEntry("value", 0.6)
        .containsEntry("best", 0.8)
        .containsEntry("steps", 4L)
        .containsEntry("metric", "accuracy");
    assertThat(result.loss().values().values()).containsExactly(0.7, 0.6, 0.6);
  }

  @Test
  void of_times_excludeWaitsAndTheMedianExcludesRefreshes() {
    RunResult result =
        result(
            List.of(
                Log.step(0, 1, 1).setSeconds(9).setWaitSeconds(4).setRanks(Map.of("a", 8)).build(),
                Log.step(0, 2, 1).setSeconds(1.5).setWaitSeconds(0.5).build(),
                Log.step(0, 3, 1).setSeconds(2).setWaitSeconds(0).build(),
                Log.step(0, 4, 1).setSeconds(4).setWaitSeconds(0).build()),
            START,
            FINISH);
    assertThat(result.secondsPerStep()).isEqualTo(2);
    assertThat(result.meanSecondsPerStep()).isEqualTo((5 + 1 + 2 + 4) / 4.0);
    assertThat(result.trainingSeconds()).isEqualTo(12);
  }

  @Test
  void of_peak_isTheGrowthOverTheProcess() {
    List<Step> steps =
        List.of(
            Log.step(0, 1, 1).setPeakBytes(10_000).setSeconds(1800).build(),
            Log.step(0, 2, 1).setPeakBytes(9_000).setSeconds(1800).build());
    RunResult grown = result(steps, START, FINISH);
    assertThat(grown.peakBytes()).isEqualTo(6_000);
    assertThat(grown.gigabyteHours()).isCloseTo(6e-6, within(1e-18));

    Manifest unknown =
        Log.checkpoint(0, 100, Cause.FINISH).setMetrics(Map.of("fullCopyBytes", 1000.0)).build();
    RunResult whole = result(steps, START, unknown);
    assertThat(whole.peakBytes()).isEqualTo(10_000);
    assertThat(whole.processBytes()).isZero();
  }

  @Test
  void of_checkpoints_areAShareOfAFullCopyWithMoments() {
    RunResult result = result(List.of(Log.step(0, 1, 1).build()), START, FINISH);
    assertThat(result.checkpointBytes()).isEqualTo(300);
    assertThat(result.checkpointShare()).isEqualTo(0.1);
    assertThat(result.meanRank()).isEqualTo(5.5);
    assertThat(result(List.of(Log.step(0, 1, 1).build()), START).meanRank()).isNull();
  }

  @Test
  void of_checkpointStalls_areAShareOfTheTime() {
    List<Step> steps =
        List.of(
            Log.step(0, 1, 1).setSeconds(7).build(),
            Log.step(0, 2, 1).setSeconds(8).setCheckpointSeconds(4).build(),
            Log.step(0, 3, 1).setSeconds(20).setCheckpointSeconds(1).build());
    assertThat(result(steps, START, FINISH).checkpointStall()).isEqualTo(5 / 40.0);
    assertThat(result(List.of(Log.step(0, 1, 1).build()), START).checkpointStall()).isZero();
  }

  @Test
  void of_runWithoutSteps_isRefused() {
    assertThatExceptionOfType(RunException.class)
        .isThrownBy(() -> result(List.of(), START))
        .withMessage("run demo-1 has no steps to report on");
  }

  @Test
  void fields_haveTheDocumentedKeys() {
    assertThat(result(List.of(Log.step(0, 1, Double.NaN).build()), START, FINISH).fields("mcc"))
        .containsEntry("value", null)
        .containsEntry("loss", List.of(Arrays.asList(1L, null)))
        .containsKeys(
            ("method seed metric value best peakBytes processBytes gigabyteHours secondsPerStep"
                    + " meanSecondsPerStep trainingSeconds checkpointBytes checkpointShare"
                    + " checkpointStall optimizerBytes meanRank steps plannedSteps run algorithm"
                    + " evaluations loss")
                .split(" "));
  }

  private static RunResult result(List<Step> steps, Manifest... checkpoints) {
    return RunResult.of(
        "small", 3, "demo-1", new RunRecords(steps, Map.of(), List.of(), List.of(checkpoints)));
  }
}
