package dev.rivulet.trainer.loop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StepClockTest {
  private long nanos;
  private final StepClock clock = new StepClock(() -> nanos);

  @Test
  void end_totalCoversTheWaitBeforeTheStep() {
    clock.idle(() -> pass(2));
    pass(100); // Commands: not a part of any step.
    clock.start();
    pass(3);
    assertThat(clock.end(0, 0).totalSeconds()).isEqualTo(5);
  }

  @Test
  void end_waitCoversBatchesAndDecisions() {
    clock.idle(() -> pass(2));
    clock.start();
    pass(3);
    clock.batchesRead();
    pass(10);
    assertThat(clock.end(4, 0).waitSeconds()).isEqualTo(9);
  }

  @Test
  void end_idleTimeCountsForOneStepOnly() {
    clock.idle(() -> pass(2));
    clock.start();
    StepClock.Times unused = clock.end(0, 0);
    clock.start();
    pass(1);
    assertThat(clock.end(0, 0).totalSeconds()).isEqualTo(1);
  }

  @Test
  void end_stallCoversCopiesAndTheLog_once() {
    clock.stall(() -> pass(2));
    clock.start();
    assertThat(clock.end(0, 1).stallSeconds()).isEqualTo(3);
    clock.start();
    assertThat(clock.end(0, 0).stallSeconds()).isZero();
  }

  @Test
  void idle_returnsTheResultOfTheWait() {
    assertThat(clock.idle(() -> false)).isFalse();
    assertThat(clock.idle(() -> true)).isTrue();
  }

  private boolean pass(long seconds) {
    nanos += seconds * 1_000_000_000;
    return true;
  }
}
