package dev.rivulet.trainer.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class KillCaseTest {
  @Test
  void shouldHaveEveryPointInTheCasesThatRunByDefault() {
    assertThat(Arrays.stream(FaultRun.values()).flatMap(method -> KillCase.some(method).stream()))
        .flatExtracting(KillCase::points)
        .contains(KillPoint.values());
  }

  @Test
  void shouldKillAMethodOnlyAtPointsThatItReaches() {
    for (FaultRun method : FaultRun.values()) {
      assertThat(KillCase.some(method))
          .flatExtracting(KillCase::points)
          .allMatch(point -> point.isOn(method));
    }
  }
}
