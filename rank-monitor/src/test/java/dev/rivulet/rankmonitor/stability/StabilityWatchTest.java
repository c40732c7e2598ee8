package dev.rivulet.rankmonitor.stability;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.rankmonitor.Steps;
import dev.rivulet.rankmonitor.stability.StabilityWatch.Outcome;
import dev.rivulet.rankmonitor.state.RunState;
import dev.rivulet.schemas.record.Action;
import dev.rivulet.schemas.record.Command;
import dev.rivulet.schemas.record.SkipRange;
import dev.rivulet.schemas.record.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class StabilityWatchTest {
  private final List<Command> commands = new ArrayList<>();
  private final List<String> alerts = new ArrayList<>();
  private StabilityWatch watch = new StabilityWatch(StabilityConfig.DEFAULT);
  private @Nullable RunState state;

  private void observe(Step step) {
    Outcome outcome = watch.observe(state, step);
    state = outcome.state();
    if (outcome.command() != null) {
      commands.add(outcome.command());
    }
    if (outcome.alert() != null) {
      alerts.add(outcome.alert());
    }
  }

  /** Returns a slowly falling loss with normal noise of 0.05; a function of the step. */
  private static double loss(long step) {
    return 2 * Math.exp(-step / 400.0) + 0.05 * new Random(step).nextGaussian();
  }

  private void calm(Steps steps, long from, long to) {
    for (long step = from; step <= to; step++) {
      observe(steps.step(step, loss(step)));
    }
  }

  private static SkipRange skip(long from, long to) {
    return new SkipRange("rivulet.batches", 0, from, to);
  }

  @Test
  void shouldIssueNothingOnAHealthyRun() {
    calm(Steps.RUN, 1, 1000);
    assertThat(commands).isEmpty();
    assertThat(alerts).isEmpty();
  }

  @Test
  void shouldRollBackToLastStableCheckpointOnNonFiniteLoss() {
    calm(Steps.RUN, 1, 89);
    observe(Steps.RUN.step(90, Double.NaN));
    calm(Steps.RUN, 91, 95);

    assertThat(commands).hasSize(1);
    Command command = commands.get(0);
    assertThat(command.getAction()).isEqualTo(Action.ROLLBACK);
    assertThat(command.getRun()).isEqualTo("run");
    assertThat(command.getEpoch()).isZero();
    assertThat(command.getStep()).isEqualTo(90);
    // Checkpoint 75 has only 14 steps after it, too few to be stable.
    assertThat(command.getCheckpoint()).isEqualTo("0-000050");
    assertThat(command.getSkip()).containsExactly(skip(89, 90));
    assertThat(command.getLearningRateScale()).isEqualTo(1);
    assertThat(command.getIssuer()).isEqualTo("monitor/non-finite");
    assertThat(command.getReason())
        .isEqualTo("step 90: loss NaN, gradient norm NaN; rollback 1 of 5, to 0-000050");
    assertThat(command.getTimestamp()).isEqualTo(Steps.RUN.step(90, 1).getTimestamp());
  }

  @Test
  void shouldRollBackOnANonFiniteGradientThatWasWithheld() {
    observe(Steps.RUN.step(1, 0.7, Double.POSITIVE_INFINITY, false));
    assertThat(commands).hasSize(1);
    assertThat(commands.get(0).getReason()).contains("gradient norm Infinity");
  }

  @Test
  void shouldAcceptAMissingGradientNormOfAnAppliedStep() {
    observe(Steps.RUN.step(1, 0.7, Double.NaN, true));
    assertThat(commands).isEmpty();
  }

  @Test
  void shouldRollBackToTheFirstCheckpointWhenNoneIsStable() {
    calm(Steps.RUN, 1, 9);
    observe(Steps.RUN.step(10, Double.NaN));
    assertThat(commands.get(0).getCheckpoint()).isNull();
    assertThat(commands.get(0).getReason()).endsWith("to the first");
  }

  @Test
  void shouldRollBackAfterThreeSpikesInARowAndSkipTheirBatches() {
    calm(Steps.RUN, 1, 99);
    observe(Steps.RUN.step(100, 6));
    observe(Steps.RUN.step(101, 7));
    assertThat(commands).isEmpty();
    observe(Steps.RUN.step(102, 6.5));

    assertThat(commands).hasSize(1);
    assertThat(commands.get(0).getIssuer()).isEqualTo("monitor/loss-spike");
    assertThat(commands.get(0).getCheckpoint()).isEqualTo("0-000075");
    assertThat(commands.get(0).getSkip()).containsExactly(skip(99, 102));
    assertThat(commands.get(0).getReason()).contains("sigma above", "3 in a row");
    assertThat(alerts).hasSize(1);
  }

  @Test
  void shouldOnlyAlertOnSpikesThatAreNotInARow() {
    calm(Steps.RUN, 1, 99);
    for (long step = 100; step < 140; step++) {
      observe(Steps.RUN.step(step, step % 3 == 0 ? loss(step) : 9));
    }
    assertThat(commands).isEmpty();
    assertThat(alerts).hasSize(14);
  }

  @Test
  void shouldNotTrustACheckpointThatAnAlarmFollowed() {
    calm(Steps.RUN, 1, 79);
    observe(Steps.RUN.step(80, 9));
    calm(Steps.RUN, 81, 109);
    observe(Steps.RUN.step(110, Double.NaN));
    // Checkpoint 100 is too recent; checkpoint 75 was followed by the spike at step 80.
    assertThat(commands.get(0).getCheckpoint()).isEqualTo("0-000050");
  }

  @Test
  void shouldIssueNothingDuringWarmUp() {
    calm(Steps.RUN, 1, 20);
    for (long step = 21; step < 30; step++) {
      observe(Steps.RUN.step(step, 50));
    }
    assertThat(commands).isEmpty();
    assertThat(alerts).isEmpty();
  }

  @Tag("simulation")
  @Test
  void shouldAlertOnceOnOneEightSigmaPoint() {
    for (long step = 1; step <= 400; step++) {
      double noise = step == 301 ? 8 : new Random(step).nextGaussian();
      observe(Steps.RUN.step(step, 1 + 0.1 * noise));
    }
    assertThat(alerts).hasSize(1);
    assertThat(commands).isEmpty();
  }

  @Tag("simulation")
  @Test
  void shouldIssueNothingOnARamp() {
    for (long step = 1; step <= 1000; step++) {
      observe(Steps.RUN.step(step, 1 + 0.002 * step + 0.05 * new Random(step).nextGaussian()));
    }
    assertThat(commands).isEmpty();
    assertThat(alerts).isEmpty();
  }

  @Tag("simulation")
  @Test
  void shouldIssueNothingOnNoiseAboveAFlatWindow() {
    for (long step = 1; step <= 300; step++) {
      observe(Steps.RUN.step(step, step % 10 == 0 ? 4.3 : 4.0));
    }
    assertThat(commands).isEmpty();
    assertThat(alerts).isEmpty();
  }

  @Tag("simulation")
  @Test
  void shouldRollBackOnDivergence() {
    calm(Steps.RUN, 1, 199);
    for (long step = 200; step < 230; step++) {
      observe(Steps.RUN.step(step, loss(step) * Math.exp((step - 199) * 0.3)));
    }
    assertThat(commands).hasSize(1);
    assertThat(commands.get(0).getCheckpoint()).isEqualTo("0-000175");
  }

  @Test
  void shouldActOncePerEpochThenScaleTheLearningRateThenStop() {
    calm(Steps.RUN, 1, 99);
    for (int epoch = 0; epoch < 7; epoch++) {
      Steps steps = Steps.RUN.inEpoch(epoch);
      // Each rollback skips its batch: the next epoch fails at another one.
      observe(steps.step(100 + epoch, Double.NaN));
      observe(steps.step(101 + epoch, Double.NaN));
    }
    assertThat(commands)
        .extracting(Command::getAction)
        .containsExactly(
            Action.ROLLBACK,
            Action.ROLLBACK,
            Action.ROLLBACK,
            Action.ROLLBACK,
            Action.ROLLBACK,
            Action.STOP,
            Action.STOP);
    assertThat(commands).extracting(Command::getEpoch).containsExactly(0, 1, 2, 3, 4, 5, 6);
    assertThat(commands)
        .extracting(Command::getLearningRateScale)
        .containsExactly(1.0, 0.5, 0.5, 0.5, 0.5, 1.0, 1.0);
    Command stop = commands.get(5);
    assertThat(stop.getSkip()).isEmpty();
    assertThat(stop.getCheckpoint()).isNull();
    assertThat(stop.getReason()).contains("5 rollbacks did not help");
  }

  @Test
  void shouldIgnoreStepsOfOlderEpochs() {
    calm(Steps.RUN.inEpoch(3), 1, 20);
    observe(Steps.RUN.inEpoch(2).step(21, Double.NaN));
    assertThat(commands).isEmpty();
  }

  @Test
  void shouldDecideTheSameWithAndWithoutKillsAndResumes() {
    calm(Steps.RUN, 1, 400);
    observe(Steps.RUN.step(401, 9));
    observe(Steps.RUN.step(402, 9));
    observe(Steps.RUN.step(403, 9));
    assertThat(commands).hasSize(1);
    Command uninterrupted = commands.get(0);

    commands.clear();
    state = null;
    calm(Steps.RUN, 1, 400);
    observe(Steps.RUN.step(401, 9));
    observe(Steps.RUN.step(402, 9));
    // Killed after step 402 and resumed from checkpoint 250, twice.
    calm(Steps.RUN.inEpoch(1), 251, 330);
    calm(Steps.RUN.inEpoch(2), 251, 400);
    Steps resumed = Steps.RUN.inEpoch(2);
    observe(resumed.step(401, 9));
    observe(resumed.step(402, 9));
    observe(resumed.step(403, 9));
    assertThat(commands).hasSize(1);
    assertThat(commands.get(0).getReason().replace("2-", "0-"))
        .isEqualTo(uninterrupted.getReason());
    assertThat(commands.get(0).getSkip()).isEqualTo(uninterrupted.getSkip());
    assertThat(commands.get(0).getStep()).isEqualTo(uninterrupted.getStep());
  }

  @Test
  void shouldRepeatARollbackWhenTheRunWasKilledBeforeIt() {
    calm(Steps.RUN, 1, 89);
    observe(Steps.RUN.step(90, Double.NaN));
    // Killed and resumed from checkpoint 75: the run reads the same batch again.
    calm(Steps.RUN.inEpoch(1), 76, 89);
    observe(Steps.RUN.inEpoch(1).step(90, Double.NaN));
    // The run rolled back: the next bad batch is another one.
    calm(Steps.RUN.inEpoch(2), 51, 94);
    observe(Steps.RUN.inEpoch(2).step(95, Double.NaN));

    assertThat(commands).extracting(Command::getEpoch).containsExactly(0, 1, 2);
    assertThat(commands).extracting(Command::getLearningRateScale).containsExactly(1.0, 1.0, 0.5);
    assertThat(commands.get(1).getReason()).isEqualTo(commands.get(0).getReason());
    assertThat(commands.get(1).getSkip()).isEqualTo(commands.get(0).getSkip());
    assertThat(commands.get(2).getReason()).contains("rollback 2 of 5");
  }

  @Test
  void shouldForgetCheckpointsThatARollbackSuperseded() {
    calm(Steps.RUN, 1, 129);
    observe(Steps.RUN.step(130, Double.NaN));
    assertThat(commands.get(0).getCheckpoint()).isEqualTo("0-000100");
    // An operator starts epoch 1 from checkpoint 50 instead.
    Steps after = Steps.RUN.inEpoch(1);
    observe(after.step(51, loss(51), 1, true, "0-000050", 50));
    observe(after.step(52, Double.NaN, Double.NaN, false, "0-000050", 50));
    assertThat(commands.get(1).getCheckpoint()).isEqualTo("0-000025");
  }

  @Test
  void shouldIssueNothingWhenAllRulesAreDisabled() {
    watch =
        new StabilityWatch(
            new StabilityConfig(
                new NonFinite(false),
                new LossSpike(false, 200, 50, 5, 7, 3, 0.02, 0.05),
                20,
                0.5,
                5));
    calm(Steps.RUN, 1, 99);
    for (long step = 100; step < 110; step++) {
      observe(Steps.RUN.step(step, step % 2 == 0 ? Double.NaN : 99));
    }
    assertThat(commands).isEmpty();
    assertThat(alerts).isEmpty();
  }

  @Test
  void shouldKeepAStateOfBoundedSize() {
    Steps often = new Steps("run", 0, 1);
    for (long step = 1; step <= 3050; step++) {
      observe(often.step(step, step % 100 < 2 && step > 100 ? 99 : loss(step)));
    }
    RunState kept = Objects.requireNonNull(state);
    assertThat(kept.getLosses()).hasSize(600);
    assertThat(kept.getCheckpoints()).hasSize(64);
    assertThat(kept.getAlarms()).hasSizeLessThanOrEqualTo(256);
    assertThat(kept.getHits()).isEmpty();
  }
}
