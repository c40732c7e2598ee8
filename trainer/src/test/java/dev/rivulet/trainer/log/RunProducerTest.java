package dev.rivulet.trainer.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rivulet.schemas.failure.FencedException;
import dev.rivulet.schemas.record.TopicOffset;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class RunProducerTest {
  private final RunHarness run = new RunHarness();

  @Test
  void open_claimsTheRun() {
    run.producer();
    assertThat(run.claim.otherHolder(true)).isEmpty();
  }

  @Test
  void open_overAnOlderTrainer_keepsItsPosition() {
    run.claimByOther("4711@elsewhere");
    run.producer();
    assertThat(run.claim.otherHolder(true)).isEmpty();
    assertThat(run.group.values()).extracting(OffsetAndMetadata::offset).containsExactly(7L);
  }

  @Test
  void open_fencedMeanwhile_opensAgain() {
    run.script(producer -> producer.onCommit.add(new ProducerFencedException("a newer producer")));
    run.producer();
    assertThat(run.opened).hasSize(2);
    assertThat(run.opened.get(0).closed()).isTrue();
    assertThat(run.claim.otherHolder(true)).isEmpty();
  }

  @Test
  void open_fencedEveryTime_namesTheHolder() {
    run.claimByOther("4711@elsewhere");
    for (int i = 0; i < 10; i++) {
      run.script(producer -> producer.onCommit.add(new ProducerFencedException("a newer one")));
    }
    assertThatThrownBy(run::producer)
        .isInstanceOf(FencedException.class)
        .hasMessageContaining("4711@elsewhere");
    assertThat(run.opened).hasSize(10).allMatch(ScriptedProducer::closed);
  }

  @Test
  void open_clusterRefuses_throwsAndClosesTheProducer() {
    run.script(producer -> producer.onInit.add(new AuthorizationException("not allowed")));
    assertThatThrownBy(run::producer).isInstanceOf(AuthorizationException.class);
    assertThat(run.opened).singleElement().matches(ScriptedProducer::closed);
  }

  @Test
  void write_severalEntries_keepsTheirOrder() throws InterruptedException {
    RunProducer producer = run.producer();
    producer.write(TextEntry.of("a", "b"));
    producer.write(TextEntry.of("c"));
    assertThat(run.texts()).containsExactly("a", "b", "c");
  }

  @Test
  void write_offsets_carryTheClaim() throws InterruptedException {
    RunProducer producer = run.producer();
    producer.write(
        new PositionEntry(
            List.of(
                new TopicOffset(RunHarness.BATCHES.topic(), RunHarness.BATCHES.partition(), 9L))));
    assertThat(run.group.values()).extracting(OffsetAndMetadata::offset).containsExactly(9L);
    assertThat(run.claim.otherHolder(true)).isEmpty();
  }

  @Test
  void write_sendFails_abortsAndWritesAllAgainWithTheSameProducer() throws InterruptedException {
    RunProducer producer = run.producer();
    first().onSend.add(new TimeoutException("no broker"));
    assertThat(producer.write(TextEntry.of("a", "b"))).isEqualTo("now");
    assertThat(run.texts()).containsExactly("a", "b");
    assertThat(run.opened).hasSize(1);
  }

  @Test
  void write_beginFails_triesAgainWithTheSameProducer() throws InterruptedException {
    RunProducer producer = run.producer();
    first().onBegin.add(new TimeoutException("no broker"));
    producer.write(TextEntry.of("a"));
    assertThat(run.texts()).containsExactly("a");
    assertThat(run.opened).hasSize(1);
  }

  @Test
  void write_brokersComeBack_endsTheOutage() throws InterruptedException {
    RunProducer producer = run.producer();
    first().onSend.add(new TimeoutException("no broker"));
    producer.write(TextEntry.of("a"));
    assertThat(run.outage.isOn()).isFalse();
    assertThat(run.outage.takeReason().orElseThrow())
        .contains("text a is not written")
        .contains("nowhere:9092")
        .contains("no broker");
  }

  @Test
  void write_commitTimesOut_asksTheSameCommitAgain() throws InterruptedException {
    RunProducer producer = run.producer();
    first().onCommit.add(new TimeoutException("no answer"));
    first().onCommit.add(new TimeoutException("no answer"));
    producer.write(TextEntry.of("a"));
    assertThat(run.texts()).containsExactly("a");
    assertThat(first().commitCount()).isEqualTo(2); // The claim, and the entry.
  }

  @Test
  void write_abortTimesOut_asksTheSameAbortAgain() throws InterruptedException {
    RunProducer producer = run.producer();
    first().onSend.add(new TimeoutException("no broker"));
    first().onAbort.add(new TimeoutException("no answer"));
    producer.write(TextEntry.of("a"));
    assertThat(run.texts()).containsExactly("a");
    assertThat(run.opened).hasSize(1);
  }

  @Test
  void write_answerToACommitIsLost_doesNotWriteTwice() throws InterruptedException {
    RunProducer producer = run.producer();
    first().afterCommit.add(new InvalidProducerEpochException("lost"));
    String result = producer.write(new TextEntry(List.of("a"), Optional.of("found")));
    assertThat(result).isEqualTo("found");
    assertThat(run.texts()).containsExactly("a");
    assertThat(run.opened).hasSize(2);
  }

  @Test
  void write_commitFailedAndIsNotInTheLog_writesAgain() throws InterruptedException {
    RunProducer producer = run.producer();
    first().onCommit.add(new InvalidProducerEpochException("aborted"));
    assertThat(producer.write(TextEntry.of("a"))).isEqualTo("now");
    assertThat(run.texts()).containsExactly("a");
    assertThat(TextEntry.texts(run.opened.get(1))).containsExactly("a");
  }

  @Test
  void write_stateOfTheProducerIsLost_opensAnotherOne() throws InterruptedException {
    RunProducer producer = run.producer();
    first().onSend.add(new TimeoutException("no broker"));
    first().onAbort.add(new KafkaException("in an error state"));
    producer.write(TextEntry.of("a"));
    assertThat(first().closed()).isTrue();
    assertThat(TextEntry.texts(run.opened.get(1))).containsExactly("a");
  }

  @Test
  void write_fencedThoughItHoldsTheClaim_recovers() throws InterruptedException {
    RunProducer producer = run.producer();
    first().fenceProducer();
    producer.write(TextEntry.of("a"));
    assertThat(run.texts()).containsExactly("a");
    assertThat(run.outage.takeReason().orElseThrow())
        .contains("Kafka has ended its transaction, which took too long");
  }

  @Test
  void write_fencedByANewerTrainer_stopsWithoutOpeningAProducer() {
    RunProducer producer = run.producer();
    first().fenceProducer();
    run.claimByOther("4711@elsewhere");
    assertThatThrownBy(() -> producer.write(TextEntry.of("a")))
        .isInstanceOf(FencedException.class)
        .hasMessageContaining("4711@elsewhere");
    assertThat(run.opened).hasSize(1);
    assertThat(run.texts()).isEmpty();
  }

  @Test
  void write_newerTrainerClaimsWhileThisOneReopens_writesNothing() {
    run.script(producer -> {});
    run.script(producer -> run.claimByOther("4711@elsewhere"));
    RunProducer producer = run.producer();
    first().fenceProducer();
    assertThatThrownBy(() -> producer.write(TextEntry.of("a")))
        .isInstanceOf(FencedException.class)
        .hasMessageContaining("4711@elsewhere");
    assertThat(run.opened).hasSize(2).allMatch(ScriptedProducer::closed);
    assertThat(run.texts()).isEmpty();
  }

  @Test
  void write_clusterRefuses_throwsAndClosesTheProducer() {
    RunProducer producer = run.producer();
    RuntimeException failure = new RecordTooLargeException("1 GiB");
    first().onSend.add(failure);
    assertThatThrownBy(() -> producer.write(TextEntry.of("a"))).isSameAs(failure);
    assertThat(first().closed()).isTrue();
    assertThat(run.texts()).isEmpty();
  }

  @Test
  void write_interruptedBetweenAttempts_throwsInterruptedException() {
    RunProducer producer = run.producer();
    first().onSend.add(new TimeoutException("no broker"));
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> producer.write(TextEntry.of("a")))
        .isInstanceOf(InterruptedException.class);
    assertThat(run.texts()).isEmpty();
  }

  private ScriptedProducer first() {
    return run.opened.get(0);
  }

  private record PositionEntry(List<TopicOffset> position) implements LogEntry<Boolean> {
    @Override
    public String name() {
      return "position";
    }

    @Override
    public long bytes() {
      return 0;
    }

    @Override
    public Boolean write(LogTransaction transaction) {
      transaction.commitOffsets(position);
      return true;
    }

    @Override
    public Optional<Boolean> committed() {
      return Optional.empty();
    }
  }
}
