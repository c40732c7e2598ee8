package dev.rivulet.ops.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rivulet.ops.report.Log;
import dev.rivulet.ops.report.RunRecords;
import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RunReportTest {
  private static final Map<String, String> KINDS =
      Map.of("l0.query", "query", "l1.query", "query", "l0.output", "output");
  private static final Manifest START =
      Log.checkpoint(0, 0, Cause.START)
          .setMetrics(
              Map.of(
                  "accuracy", 0.5,
                  "evalRows", 1694.0,
                  "adamwOptimizerBytes", 2000.0,
                  "fullCopyBytes", 1000.0))
          .build();

  @Test
  void effective_resumedSteps_replaceDiscardedOnes() {
    List<Step> log =
        List.of(
            Log.step(0, 1, 1.0).build(),
            Log.step(0, 2, 2.0).build(),
            Log.step(0, 3, 3.0).build(),
            Log.step(1, 2, 2.5).build());
    assertThat(RunRecords.effective(log)).extracting(Step::getLoss).containsExactly(1.0, 2.5);
  }

  @Test
  void of_losses_areMeansOfFirstAndLastTwenty() {
    List<Step> steps = new ArrayList<>();
    for (int step = 1; step <= 100; step++) {
      steps.add(Log.step(0, step, step == 5 ? Double.NaN : step).build());
    }
    RunReport report = report(steps, START);
    // 1 + ... + 20 without 5, over 19; 81 + ... + 100 over 20.
    assertThat(report.lossFirst()).isEqualTo((210 - 5) / 19.0);
    assertThat(report.lossLast()).isEqualTo(90.5);
    assertThat(report.steps()).isEqualTo(100);
  }

  @Test
  void of_evaluations_giveAccuracyBeforeAndAfter() {
    Step evaluated = Log.step(0, 1, 1).setMetrics(Map.of("accuracy", 0.7)).build();
    RunReport report = report(List.of(evaluated, Log.step(0, 2, 1).build()), START);
    assertThat(report.qualityBefore()).isEqualTo(0.5);
    assertThat(report.qualityAfter()).isEqualTo(0.7);
    assertThat(report.evaluated()).isEqualTo(1694);
    assertThat(report(List.of(), START).qualityAfter()).isEqualTo(0.5);
  }

  @Test
  void of_memory_isTheMaximumOverSteps() {
    RunReport report =
        report(
            List.of(
                Log.step(0, 1, 1).setOptimizerBytes(30).setPeakBytes(70).build(),
                Log.step(0, 2, 1).setOptimizerBytes(20).setPeakBytes(80).build()),
            START);
    assertThat(report.optimizerBytes()).isEqualTo(30);
    assertThat(report.peakBytes()).isEqualTo(80);
    assertThat(report.weightBytes()).isEqualTo(1000);
    assertThat(report.adamwOptimizerBytes()).isEqualTo(2000);
    assertThat(report.fullCopyBytes()).isEqualTo(1000);
  }

  @Test
  void of_refreshes_giveMeanRanksByKind() {
    RunReport report =
        report(
            List.of(
                Log.step(0, 1, 1)
                    .setRanks(Map.of("l0.query", 8, "l1.query", 5, "l0.output", 32))
                    .build(),
                Log.step(0, 2, 1).setRanks(Map.of("l0.query", 6, "l0.output", 9)).build(),
                Log.step(0, 3, 1)
                    .setRanks(Map.of("l0.query", 2, "l1.query", 1, "l0.output", 4))
                    .build(),
                Log.step(0, 4, 1).build()),
            START);
    assertThat(report.ranksFirst())
        .containsExactly(Map.entry("output", 32.0), Map.entry("query", 6.5));
    assertThat(report.ranksLast())
        .containsExactly(Map.entry("output", 4.0), Map.entry("query", 1.5));
  }

  @Test
  void of_checkpoints_countOnlyBytesThatAreNew() {
    Manifest second =
        Log.checkpoint(0, 50, Cause.INTERVAL)
            .setSealed(List.of(Log.factor(0, 100)))
            .setOpen(List.of(Log.factor(2, 10)))
            .setState(List.of(Log.tensor("state", 0, 30)))
            .build();
    // Points to the tensors of the second, and writes nothing.
    Manifest rolledBack =
        Log.checkpoint(1, 50, Cause.ROLLBACK)
            .setOpen(List.of(Log.factor(2, 10)))
            .setState(List.of(Log.tensor("state", 0, 30)))
            .build();
    Manifest last =
        Log.checkpoint(1, 100, Cause.FINISH)
            .setDense(List.of(Log.tensor("factors", 4, 50)))
            .setMetrics(START.getMetrics())
            .build();
    RunReport report = report(List.of(), START, second, rolledBack, last);
    assertThat(report.checkpoints()).isEqualTo(4);
    assertThat(report.checkpointBytes()).isEqualTo((250 + 50) / 2);
    assertThat(report.rollbacks()).isEqualTo(1);
  }

  @Test
  void of_runWithoutCheckpoints_isRefused() {
    assertThatExceptionOfType(RunException.class)
        .isThrownBy(() -> report(List.of()))
        .withMessage("run demo-1 has no checkpoints to report on");
  }

  @Test
  void fields_haveTheKeysThatProgramsReadInOrder() {
    assertThat(
            report(List.of(Log.step(0, 1, 1).build()), START).fields(2.5, "http://page/").keySet())
        .containsExactly(
            ("run method steps accuracyBefore accuracyAfter lossFirst lossLast optimizerBytes"
                    + " adamwOptimizerBytes peakBytes ranksFirst ranksLast checkpoints checkpointBytes"
                    + " checkpointStall fullCopyBytes decisions rollbacks seconds statusUrl")
                .split(" "));
  }

  @Test
  void table_report_hasEveryFigure() {
    RunReport report =
        report(
            List.of(
                Log.step(0, 1, 0.75)
                    .setOptimizerBytes(4_300_000)
                    .setCheckpointSeconds(0.25)
                    .setRanks(Map.of("l0.query", 8))
                    .setMetrics(Map.of("accuracy", 0.7))
                    .build()),
            START);
    assertThat(ReportTable.of(report, 187, "http://page/").lines())
        .containsExactly(
            "demo-1                  adarankgrad, 1 steps in 3:07",
            "accuracy                0.500 before, 0.700 after, on 1,694 held-out samples",
            "training loss           0.750 first, 0.750 last",
            "weights                 1.0 kB",
            "optimizer state         4.3 MB (AdamW: 2.0 kB)",
            "peak memory of process  5.0 kB",
            "rank, query             8.0 at the first refresh, 8.0 at the last",
            "checkpoints             1, 0 B each (a full copy: 1.0 kB); stall 20.0 % of the time",
            "rank decisions          0",
            "rollbacks               0",
            "status page             http://page/");
  }

  @Test
  void table_languageModel_hasPerplexityInsteadOfAccuracy() {
    Manifest start =
        Log.checkpoint(0, 0, Cause.START)
            .setMetrics(Map.of("perplexity", 512.3, "tokenAccuracy", 0.01, "evalTokens", 52_345.0))
            .build();
    Step step = Log.step(0, 1, 0.75).setMetrics(Map.of("perplexity", 61.25)).build();
    RunReport report = report(List.of(step), start);

    assertThat(ReportTable.of(report, Map.of("floor", "70.0"), 1, "").lines())
        .contains(
            "perplexity              512.3 before, 61.3 after, on 52,345 held-out tokens",
            "floor                   70.0")
        .noneMatch(line -> line.startsWith("accuracy"));
    assertThat(report.fields(1, ""))
        .containsEntry("perplexityBefore", 512.3)
        .containsEntry("perplexityAfter", 61.25)
        .doesNotContainKey("accuracyBefore");
  }

  private static RunReport report(List<Step> steps, Manifest... checkpoints) {
    return RunReport.of("demo-1", new RunRecords(steps, KINDS, List.of(), List.of(checkpoints)));
  }
}
