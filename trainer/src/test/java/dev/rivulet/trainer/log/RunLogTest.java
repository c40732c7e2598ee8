package dev.rivulet.trainer.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rivulet.schemas.failure.FencedException;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.WakeupException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RunLogTest {
  private final RunHarness run = new RunHarness();

  @Test
  void submit_severalEntries_writesThemInOrder() {
    try (RunLog log = open(LogRoom.ELSEWHERE)) {
      CompletableFuture<String> unused = log.submit(TextEntry.of("a"));
      CompletableFuture<String> last = log.submit(TextEntry.of("b"));
      assertThat(log.await(last)).isEqualTo("now");
      assertThat(run.texts()).containsExactly("a", "b");
    }
  }

  @Test
  void close_writesWhatIsQueued() {
    RunLog log = open(LogRoom.ELSEWHERE);
    CompletableFuture<String> entry = log.submit(TextEntry.of("a"));
    log.close();
    assertThat(entry).isCompletedWithValue("now");
    assertThat(run.opened.get(0).closed()).isTrue();
  }

  @Test
  void await_writerFails_throwsItsFailureAndRunsTheAction() throws InterruptedException {
    CountDownLatch failed = new CountDownLatch(1);
    try (RunLog log = open(LogRoom.ELSEWHERE)) {
      log.onFailure(failed::countDown);
      RuntimeException failure = new AuthorizationException("not allowed");
      run.opened.get(0).onSend.add(failure);
      CompletableFuture<String> entry = log.submit(TextEntry.of("a"));
      assertThatThrownBy(() -> log.await(entry)).isSameAs(failure);
      failed.await();
      assertThatThrownBy(log::rethrowFailure).isSameAs(failure);
    }
  }

  @Test
  void await_fencedByANewerTrainer_throwsFencedException() {
    try (RunLog log = open(LogRoom.ELSEWHERE)) {
      run.claimByOther("4711@elsewhere");
      run.opened.get(0).fenceProducer();
      CompletableFuture<String> entry = log.submit(TextEntry.of("a"));
      assertThatThrownBy(() -> log.await(entry)).isInstanceOf(FencedException.class);
    }
  }

  @Test
  void submit_diskFull_writesWhenThereIsRoom() {
    Iterator<Optional<String>> room =
        List.of(Optional.of("the disk is full"), Optional.<String>empty()).iterator();
    try (RunLog log = open(bytes -> room.next())) {
      assertThat(log.await(log.submit(TextEntry.of("a")))).isEqualTo("now");
      assertThat(log.takeOutage()).contains("text a is not written: the disk is full");
    }
  }

  @Test
  void close_diskFull_endsWithoutWriting() {
    RunLog log = open(bytes -> Optional.of("the disk is full"));
    CompletableFuture<String> entry = log.submit(TextEntry.of("a"));
    while (log.takeOutage().isEmpty()) {
      Thread.onSpinWait();
    }
    log.close();
    assertThat(entry).isNotDone();
    assertThat(run.texts()).isEmpty();
  }

  @Test
  void wakeup_whileTheDiskIsFull_endsTheWait() throws InterruptedException {
    try (RunLog log = open(bytes -> Optional.of("the disk is full"))) {
      CompletableFuture<String> entry = log.submit(TextEntry.of("a"));
      BlockedCall await = BlockedCall.start(() -> log.await(entry));
      log.wakeup();
      assertThat(await.end()).containsInstanceOf(WakeupException.class);
      assertThat(log.takeStallSeconds()).isPositive();
    }
  }

  private RunLog open(LogRoom room) {
    return new RunLog(
        RunHarness.CLUSTER, "run", run.producer(), run.outage, room, RunHarness.SHORT);
  }
}
