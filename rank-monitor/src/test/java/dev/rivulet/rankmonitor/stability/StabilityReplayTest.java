package dev.rivulet.rankmonitor.stability;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.rankmonitor.Steps;
import dev.rivulet.rankmonitor.stability.StabilityReplay.Standing;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class StabilityReplayTest {
  private final StabilityReplay replay = new StabilityReplay(StabilityConfig.DEFAULT);

  private void calm(Steps steps, long from, long to) {
    LongStream.rangeClosed(from, to).forEach(step -> replay.observe(steps.step(step, 1.0)));
  }

  @Test
  void standing_healthySteps_isStableAfterEnoughSteps() {
    calm(Steps.RUN, 1, 46);

    assertThat(replay.standing(25)).contains(Standing.STABLE);
    assertThat(replay.standing(26)).contains(Standing.UNPROVEN);
  }

  @Test
  void standing_alarmAfterTheCheckpoint_isAlarmedUntilTheRunRollsBack() {
    calm(Steps.RUN, 1, 39);
    replay.observe(Steps.RUN.step(40, Double.NaN));

    assertThat(replay.standing(0)).contains(Standing.STABLE);
    assertThat(replay.standing(25)).contains(Standing.ALARMED);
    assertThat(replay.standing(39)).contains(Standing.ALARMED);
    assertThat(replay.standing(40)).contains(Standing.UNPROVEN);

    calm(Steps.RUN.inEpoch(1), 26, 46);
    assertThat(replay.standing(25)).contains(Standing.STABLE);
  }

  @Test
  void standing_stepsMissing_isUnknown() {
    assertThat(replay.standing(0)).isEmpty();
    calm(Steps.RUN, 31, 60);

    assertThat(replay.standing(25)).isEmpty();
    assertThat(replay.standing(30)).contains(Standing.STABLE);
  }
}
