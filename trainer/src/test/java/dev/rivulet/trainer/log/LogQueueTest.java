package dev.rivulet.trainer.log;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rivulet.trainer.log.LogQueue.Work;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class LogQueueTest {
  private final LogQueue queue = new LogQueue();

  @Test
  void take_telemetryAroundAnEntry_keepsTheOrder() throws InterruptedException {
    queue.add(TextEntry.record("a"));
    queue.add(TextEntry.record("b"));
    TextEntry entry = TextEntry.of("entry");
    CompletableFuture<String> unused = queue.add(entry);
    queue.add(TextEntry.record("c"));

    assertThat(telemetry(take())).containsExactly("a", "b");
    assertThat(take().entry()).isSameAs(entry);
    assertThat(telemetry(take())).containsExactly("c");
  }

  @Test
  void take_telemetrySoonAfterAWrite_gathersWhatFollows() throws InterruptedException {
    queue.add(TextEntry.record("a"));
    complete(take(), true);
    queue.add(TextEntry.record("b"));
    BlockedCall later =
        BlockedCall.start(
            () -> {
              queue.add(TextEntry.record("c"));
              queue.close();
            });
    assertThat(later.end()).isEmpty();

    assertThat(telemetry(take())).containsExactly("b", "c");
  }

  @Test
  void take_closed_returnsWhatIsQueuedAndThenNull() throws InterruptedException {
    queue.add(TextEntry.record("a"));
    queue.close();
    assertThat(telemetry(take())).containsExactly("a");
    assertThat(queue.take()).isNull();
    assertThat(queue.take()).isNull();
  }

  @Test
  void flush_isOverOnceAllBeforeIsCommitted() throws InterruptedException {
    queue.add(TextEntry.record("a"));
    BlockedCall flush = BlockedCall.start(queue::flush);
    Work<?> work = take();
    assertThat(flush.isBlocked()).isTrue();

    complete(work, true);
    queue.close();
    assertThat(queue.take()).isNull();
    assertThat(flush.end()).isEmpty();
  }

  @Test
  void add_queueFull_waitsUntilRecordsAreCommitted() throws InterruptedException {
    for (int i = 0; i < LogQueue.CAPACITY; i++) {
      queue.add(TextEntry.record("a"));
    }
    BlockedCall add = BlockedCall.start(() -> queue.add(TextEntry.record("last")));
    Work<?> full = take();
    assertThat(telemetry(full)).hasSize(LogQueue.CAPACITY);
    assertThat(add.isBlocked()).isTrue();

    complete(full, true);
    assertThat(telemetry(take())).containsExactly("last");
    assertThat(add.end()).isEmpty();
  }

  @Test
  void await_entryCommitted_returns() throws InterruptedException {
    CompletableFuture<String> entry = queue.add(TextEntry.of("entry"));
    BlockedCall await = BlockedCall.start(() -> queue.await(entry));
    complete(take(), "written");
    assertThat(await.end()).isEmpty();
    assertThat(entry).isCompletedWithValue("written");
  }

  @Test
  void fail_duringAWait_isThrownByTheWait() throws InterruptedException {
    RuntimeException failure = new IllegalStateException("no log");
    BlockedCall flush = BlockedCall.start(queue::flush);
    queue.fail(failure);
    assertThat(flush.end()).containsSame(failure);
  }

  @Test
  void fail_anError_isThrownByTheWait() throws InterruptedException {
    Error failure = new AssertionError("no log");
    BlockedCall flush = BlockedCall.start(queue::flush);
    queue.fail(failure);
    assertThat(flush.end()).containsSame(failure);
  }

  @Test
  void fail_isThrownByAllLaterCalls() {
    RuntimeException failure = new IllegalStateException("no log");
    queue.fail(failure);
    assertThatThrownBy(queue::rethrowFailure).isSameAs(failure);
    assertThatThrownBy(queue::flush).isSameAs(failure);
    assertThatThrownBy(() -> queue.add(TextEntry.record("a"))).isSameAs(failure);
    assertThatThrownBy(() -> queue.add(TextEntry.of("entry"))).isSameAs(failure);
  }

  @Test
  void fail_dropsWhatIsQueued() throws InterruptedException {
    queue.add(TextEntry.record("a"));
    queue.fail(new IllegalStateException("no log"));
    queue.close();
    assertThat(queue.take()).isNull();
  }

  @Test
  void wakeup_duringAWait_endsTheWait() throws InterruptedException {
    BlockedCall flush = BlockedCall.start(queue::flush);
    queue.wakeup();
    assertThat(flush.end()).containsInstanceOf(WakeupException.class);
  }

  @Test
  void wakeup_whenTheQueueIsFull_endsTheWaitForRoom() throws InterruptedException {
    for (int i = 0; i < LogQueue.CAPACITY; i++) {
      queue.add(TextEntry.record("a"));
    }
    BlockedCall add = BlockedCall.start(() -> queue.add(TextEntry.record("last")));
    queue.wakeup();
    assertThat(add.end()).containsInstanceOf(WakeupException.class);
  }

  @Test
  void wakeup_leavesCallsThatNeedNotWaitAlone() throws InterruptedException {
    queue.wakeup();
    queue.add(TextEntry.record("a"));
    CompletableFuture<String> entry = queue.add(TextEntry.of("entry"));
    complete(take(), true);
    complete(take(), "written");
    queue.await(entry);
    queue.rethrowFailure();
  }

  @Test
  void wakeup_afterAFailure_letsTheFailureBeThrown() {
    RuntimeException failure = new IllegalStateException("no log");
    queue.fail(failure);
    queue.wakeup();
    assertThatThrownBy(queue::flush).isSameAs(failure);
  }

  @Test
  void flush_interrupted_throwsAndKeepsTheInterrupt() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(queue::flush).isInstanceOf(InterruptException.class);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void takeStallSeconds_waitForAnEntry_isCountedOnce() throws InterruptedException {
    CompletableFuture<String> entry = queue.add(TextEntry.of("entry"));
    BlockedCall await = BlockedCall.start(() -> queue.await(entry));
    complete(take(), "written");
    await.end();
    assertThat(queue.takeStallSeconds()).isPositive();
    assertThat(queue.takeStallSeconds()).isZero();
  }

  @Test
  void takeStallSeconds_waitForTelemetryOnly_isZero() throws InterruptedException {
    queue.add(TextEntry.record("a"));
    BlockedCall flush = BlockedCall.start(queue::flush);
    complete(take(), true);
    queue.close();
    assertThat(queue.take()).isNull();
    flush.end();
    assertThat(queue.takeStallSeconds()).isZero();
  }

  private Work<?> take() throws InterruptedException {
    return requireNonNull(queue.take(), "the queue is closed");
  }

  private static List<String> telemetry(Work<?> work) {
    return ((TelemetryEntry) work.entry()).records().stream().map(TextEntry::text).toList();
  }

  @SuppressWarnings("unchecked") // The test knows the type of each entry's result.
  private <R> void complete(Work<?> work, R result) {
    queue.complete((Work<R>) work, result);
  }
}
