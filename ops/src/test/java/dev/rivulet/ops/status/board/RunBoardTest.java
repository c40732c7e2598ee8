package dev.rivulet.ops.status.board;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.rivulet.ops.status.board.RunSummary.State;
import dev.rivulet.ops.status.board.RunUpdate.Part;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.Action;
import dev.rivulet.schemas.record.Cause;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class RunBoardTest {
  private static final String QUERY = "bert.encoder.layer.0.attention.self.query";
  private static final String VALUE = "bert.encoder.layer.0.attention.self.value";

  private final Records records = new Records("run");
  private final RunBoard board = new RunBoard();

  @Test
  void steps_ofNewerEpoch_replaceWhatTheySupersede() {
    steps(0, 1, 10);
    board.apply(records.step(1, 6).setLoss(0.25).build());
    assertThat(points()).extracting(StepPoint::step).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
    assertThat(summary().newest()).extracting(StepPoint::loss).isEqualTo(0.25);
    assertThat(look(RunFold::notes))
        .extracting(Note::kind, Note::text)
        .containsExactly(
            tuple(Note.Kind.REWOUND, "epoch 1 resumes from step 5: steps 6 to 10 are superseded"));
  }

  @Test
  void standStillsForCheckpoints_areTimeAndShare() {
    board.apply(records.step(0, 1).setSeconds(2).build());
    board.apply(records.step(0, 2).setSeconds(1).setCheckpointSeconds(1).build());
    assertThat(summary().checkpointSeconds()).isEqualTo(1);
    assertThat(summary().checkpointStall()).isEqualTo(0.25);
    assertThat(summary().newest()).extracting(StepPoint::checkpointSeconds).isEqualTo(1.0);
  }

  @Test
  void steps_ofOlderEpochThatComeLate_areLeftOut() {
    steps(0, 1, 5);
    steps(1, 4, 6);
    board.apply(records.step(0, 7).build());
    assertThat(summary().newest())
        .extracting(StepPoint::epoch, StepPoint::step)
        .containsExactly(1, 6L);
  }

  @Test
  void rollback_staysVisible_andMarksCheckpointsBehindIt() {
    board.apply(records.checkpoint(0, 0, Cause.START).build());
    steps(0, 1, 20);
    board.apply(records.checkpoint(0, 10, Cause.INTERVAL).build());
    board.apply(records.checkpoint(0, 20, Cause.INTERVAL).build());
    board.apply(records.command(0, Action.ROLLBACK, 20).setCheckpoint("0-000010").build());
    board.apply(records.checkpoint(1, 10, Cause.ROLLBACK).build());

    assertThat(summary().rollbacks()).isEqualTo(1);
    assertThat(summary().newest()).extracting(StepPoint::step).isEqualTo(10L);
    assertThat(look(RunFold::commands))
        .singleElement()
        .satisfies(
            command -> {
              assertThat(command.action()).isEqualTo("ROLLBACK");
              assertThat(command.skip()).containsExactly("rivulet.batches/0:120-122");
            });
    assertThat(look(RunFold::checkpoints))
        .filteredOn(CheckpointView::superseded)
        .extracting(CheckpointView::checkpoint)
        .containsExactly("0-000020");
  }

  @Test
  void rollback_orderedTwice_countsOnce() {
    board.apply(records.command(0, Action.ROLLBACK, 20).build());
    board.apply(records.command(0, Action.ROLLBACK, 21).build());
    board.apply(records.command(1, Action.ROLLBACK, 40).build());
    assertThat(summary().rollbacks()).isEqualTo(2);
    assertThat(look(RunFold::commands)).hasSize(3);
  }

  @Test
  void withheldStep_isShownAndNoted() {
    board.apply(
        records
            .step(0, 1)
            .setLoss(Double.NaN)
            .setApplied(false)
            .setNote("loss not finite")
            .build());
    assertThat(summary().newest()).extracting(StepPoint::loss).isEqualTo(Double.NaN);
    assertThat(look(RunFold::notes))
        .singleElement()
        .isEqualTo(
            new Note(
                0,
                1,
                Note.Kind.WITHHELD,
                "loss not finite",
                Records.START.plusSeconds(1).toEpochMilli()));
  }

  @Test
  void ranks_decidedAndApplied_meetAtTheirRefresh_inAnyOrder() {
    board.apply(records.decision(0, 1, QUERY, 12).build());
    board.apply(records.step(0, 1).setRanks(Map.of(QUERY, 12, VALUE, 4)).build());
    board.apply(records.decision(0, 1, VALUE, 4).build());
    steps(0, 2, 3);
    for (String layer : List.of(QUERY, VALUE)) {
      assertThat(layer(layer).ranks())
          .singleElement()
          .satisfies(
              point -> {
                assertThat(point.applied()).isTrue();
                assertThat(point.decision())
                    .extracting(RankPoint.Decision::reason)
                    .isEqualTo("ENERGY_THRESHOLD");
              });
    }
    assertThat(points()).extracting(StepPoint::meanRank).containsExactly(8.0, 8.0, 8.0);
  }

  @Test
  void ranks_appliedByFallback_winOverLateDecision() {
    board.apply(records.step(0, 1).setRanks(Map.of(QUERY, 9)).setFallback(true).build());
    board.apply(records.decision(0, 1, QUERY, 12).build());
    assertThat(layer(QUERY).ranks())
        .singleElement()
        .satisfies(
            point -> {
              assertThat(point.rank()).isEqualTo(9);
              assertThat(point.fallback()).isTrue();
              assertThat(point.decision()).extracting(RankPoint.Decision::rank).isEqualTo(12);
            });
    assertThat(look(RunFold::notes)).extracting(Note::kind).containsExactly(Note.Kind.FALLBACK);
  }

  @Test
  void ranks_afterRollbackBehindRefresh_areThoseBefore() {
    board.apply(records.step(0, 1).setRanks(Map.of(QUERY, 12)).build());
    steps(0, 2, 10);
    board.apply(records.step(0, 11).setRanks(Map.of(QUERY, 5)).build());
    assertThat(look(RunFold::ranks)).containsEntry(QUERY, 5);
    board.apply(records.step(1, 6).build());
    assertThat(look(RunFold::ranks)).containsEntry(QUERY, 12);
    assertThat(summary().newest()).extracting(StepPoint::meanRank).isEqualTo(12.0);
  }

  @Test
  void state_spectraWithoutDecisions_isWaitingUntilAllAreThere() {
    steps(0, 1, 100);
    board.apply(records.spectrum(0, 101, QUERY, List.of(2f, 1f)).build());
    board.apply(records.spectrum(0, 101, VALUE, List.of(2f, 1f)).build());
    board.apply(records.decision(0, 101, QUERY, 3).build());
    assertThat(summary().state()).isEqualTo(State.WAITING);
    assertThat(summary().waiting()).isEqualTo(new RunSummary.Waiting(101, 2, 1));
    board.apply(records.decision(0, 101, VALUE, 3).build());
    assertThat(summary().state()).isEqualTo(State.RUNNING);
  }

  @Test
  void state_commandOfOlderEpoch_isNotInForce() {
    steps(0, 1, 3);
    board.apply(records.command(0, Action.PAUSE, 0).build());
    assertThat(summary().state()).isEqualTo(State.PAUSED);
    steps(1, 3, 4);
    assertThat(summary().state()).isEqualTo(State.RUNNING);
  }

  @Test
  void state_lastStepTaken_isFinished() {
    board.apply(records.step(0, 8).setTotalSteps(8).build());
    assertThat(summary().state()).isEqualTo(State.FINISHED);
  }

  @Test
  void tokens_ofSupersededSteps_count() {
    steps(0, 1, 4);
    steps(1, 3, 4);
    assertThat(summary().tokens()).isEqualTo(6 * 500);
  }

  @Test
  void spectra_ofLayer_areKeptAndListedByNewest() {
    board.apply(records.spectrum(0, 1, QUERY, List.of(4f, 2f)).build());
    board.apply(records.spectrum(0, 101, QUERY, List.of(3f, 1f)).build());
    assertThat(layer(QUERY).spectra()).extracting(SpectrumPoint::step).containsExactly(1L, 101L);
    assertThat(look(RunFold::layers))
        .singleElement()
        .satisfies(
            layer -> {
              assertThat(layer.kind()).isEqualTo("attention.self.query");
              assertThat(layer.spectra())
                  .singleElement()
                  .extracting(SpectrumPoint::step)
                  .isEqualTo(101L);
            });
  }

  @Test
  void longRun_isThinned_andKeepsItsNewestStep() {
    steps(0, 1, 3 * RunFold.STEPS);
    assertThat(points())
        .hasSizeBetween(RunFold.STEPS / 2, RunFold.STEPS)
        .extracting(StepPoint::step)
        .endsWith(3L * RunFold.STEPS);
  }

  @Test
  void checkpoint_bytesAndFigures_comeFromItsManifest() {
    board.apply(
        records
            .checkpoint(0, 0, Cause.START)
            .setMetrics(Map.of("accuracy", 0.5, "adamwOptimizerBytes", 181.0))
            .build());
    assertThat(look(RunFold::checkpoints))
        .singleElement()
        .satisfies(
            checkpoint -> {
              assertThat(checkpoint.modelBytes()).isEqualTo(27_072);
              assertThat(checkpoint.stateBytes()).isEqualTo(48_000);
            });
    assertThat(summary().adamwOptimizerBytes()).isEqualTo(181.0);
    assertThat(summary().evaluation())
        .isEqualTo(new EvaluationPoint(0, 0, Map.of("accuracy", 0.5)));
    board.forgetCheckpoint("run/0-000000");
    assertThat(look(RunFold::checkpoints)).isEmpty();
  }

  @Test
  void publish_changes_tellsListenersOnceWhatChanged() {
    List<RunUpdate> updates = new ArrayList<>();
    board.listen(updates::add);
    steps(0, 1, 3);
    board.apply(records.spectrum(0, 4, QUERY, List.of(1f)).build());
    board.publish();
    board.publish();
    assertThat(updates)
        .singleElement()
        .satisfies(
            update -> {
              assertThat(update.steps()).extracting(StepPoint::step).containsExactly(1L, 2L, 3L);
              assertThat(update.changed()).containsExactly(Part.LAYERS);
            });
    board.apply(records.step(1, 2).build());
    board.publish();
    assertThat(updates.get(1).changed()).contains(Part.HISTORY, Part.EVENTS);
  }

  @Test
  void apply_runNameThatIsNotValid_isRefused() {
    assertThatThrownBy(() -> board.apply(new Records("<b>").step(0, 1).build()))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("run name '<b>'");
    assertThat(board.runs()).isEmpty();
  }

  @Test
  void runs_moreThanFit_dropTheLeastRecentlyActive() {
    for (int i = 0; i <= 100; i++) {
      board.apply(new Records("run-" + i).step(0, 1_000 + i).build());
    }
    assertThat(board.runs())
        .hasSize(100)
        .extracting(RunSummary::run)
        .startsWith("run-100")
        .doesNotContain("run-0");
  }

  private void steps(int epoch, long first, long last) {
    for (long step = first; step <= last; step++) {
      board.apply(records.step(epoch, step).setTotalSteps(1_000_000).build());
    }
  }

  private <R> R look(Function<RunFold, R> look) {
    return board.look("run", look).orElseThrow();
  }

  private List<StepPoint> points() {
    return look(run -> run.steps(0, Integer.MAX_VALUE));
  }

  private RunSummary summary() {
    return look(RunFold::summary);
  }

  private LayerView layer(String name) {
    return look(run -> run.layer(name)).orElseThrow();
  }
}
