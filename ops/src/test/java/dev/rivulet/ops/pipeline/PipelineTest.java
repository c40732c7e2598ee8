package dev.rivulet.ops.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class PipelineTest {
  private final List<String> ended = new CopyOnWriteArrayList<>();

  @Test
  void await_roleWithAnEnd_returnsThenAndStopsTheOthersInReverse() throws InterruptedException {
    Role last = new Role("last", () -> ended.add("last"), () -> {});
    try (Pipeline pipeline = new Pipeline(List.of(endless("first"), endless("second"), last))) {
      pipeline.start();
      pipeline.await("last");
      assertThat(pipeline.await("first", Duration.ZERO)).isFalse();
      assertThat(pipeline.probes().keySet()).containsExactly("first", "second", "last");
      assertThat(pipeline.probes().values()).allMatch(probe -> probe.getAsBoolean());
    }
    assertThat(ended).containsExactly("last", "second", "first");
  }

  @Test
  void await_otherRoleFails_failureOfThatRole() {
    Role broken =
        new Role(
            "broken",
            () -> {
              throw new IllegalStateException("no disk");
            },
            () -> {});
    try (Pipeline pipeline = new Pipeline(List.of(endless("first"), broken))) {
      pipeline.start();
      assertThatThrownBy(() -> pipeline.await("first"))
          .isInstanceOf(RoleException.class)
          .hasMessage("broken: no disk")
          .hasCauseInstanceOf(IllegalStateException.class);
      assertThat(pipeline.probes())
          .hasEntrySatisfying("broken", probe -> assertThat(probe.getAsBoolean()).isFalse());
    }
    assertThat(ended).containsExactly("first");
  }

  @Test
  void await_errorInRole_notLost() {
    Role broken =
        new Role(
            "broken",
            () -> {
              throw new OutOfMemoryError("heap");
            },
            () -> {});
    try (Pipeline pipeline = new Pipeline(List.of(broken))) {
      pipeline.start();
      assertThatThrownBy(() -> pipeline.await("broken")).hasMessage("broken: heap");
    }
  }

  @Test
  void close_callerInterrupted_rolesStillEndInOrder() {
    Pipeline pipeline = new Pipeline(List.of(endless("first"), endless("second")));
    pipeline.start();
    Thread.currentThread().interrupt();

    pipeline.close();

    assertThat(Thread.interrupted()).isTrue();
    assertThat(ended).containsExactly("second", "first");
  }

  private Role endless(String name) {
    CountDownLatch stopped = new CountDownLatch(1);
    return new Role(
        name,
        () -> {
          stopped.await();
          ended.add(name);
        },
        stopped::countDown);
  }
}
