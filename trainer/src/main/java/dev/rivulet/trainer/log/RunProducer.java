package dev.rivulet.trainer.log;

import dev.rivulet.schemas.failure.FencedException;
import dev.rivulet.schemas.topic.KafkaCluster;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A run's transactional producer. Its transactional id is the run: a second trainer of the run
 * fences the first, and nothing that the first writes afterwards is visible.
 *
 * <p>Not thread-safe.
 */
final class RunProducer implements AutoCloseable {
  /*
   * A write is retried until it succeeds, whatever the brokers do. The call that failed decides
   * how:
   *
   * - beginTransaction or a send failed: the transaction is aborted and written again. The producer
   *   keeps its epoch, so no newer trainer can be fenced.
   * - commitTransaction, abortTransaction or initTransactions timed out: whether the broker did it
   *   is unknown. Kafka requires the same call again until it is answered, which settles it.
   * - The producer cannot be used any more: it is fenced, or Kafka has lost its state. A new one
   *   has to be opened, which fences the run's holder. So the claim is checked before and after:
   *   a newer trainer may claim the run in between. It is then fenced by mistake, but its claim
   *   stands, nothing is written here, and it recovers in the same way. A trainer that is fenced
   *   while it opens its run has no claim yet. It opens again, and for that claim the fenced
   *   trainer waits some seconds.
   *   If the failure came out of a commit, its outcome may be lost with the producer. Then the log
   *   is read (LogEntry.committed) before anything is written a second time.
   */
  private static final Logger LOG = LoggerFactory.getLogger(RunProducer.class);

  private static final Map<String, Object> DEFAULTS =
      Map.of(
          // Enough for a checkpoint of some gigabytes over a slow network; brokers allow 15
          // minutes.
          ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, 600_000,
          // How long the loss of a broker may go unnoticed.
          ProducerConfig.MAX_BLOCK_MS_CONFIG, 30_000);

  private static final int MAX_OPENINGS = 10;
  private static final int MAX_CLAIM_CHECKS = 15;

  private final KafkaCluster cluster;
  private final String run;
  private final Claim claim;
  private final Outage outage;
  private final Pauses pauses;
  private final Supplier<Producer<String, byte[]>> producers;
  private @Nullable Producer<String, byte[]> producer;
  private boolean open;
  private boolean committing;
  private boolean fenced;

  /**
   * Takes over a run: fences its present holder and claims it.
   *
   * @throws FencedException when other trainers open the run at the same time, again and again
   * @throws KafkaException when the cluster does not answer or refuses
   */
  RunProducer(KafkaCluster cluster, String run, Claim claim, Outage outage) {
    this(
        cluster,
        run,
        claim,
        outage,
        Pauses.DEFAULTS,
        () ->
            cluster.producer(
                "rivulet-trainer-" + run, cluster.prefix() + "trainer-" + run, DEFAULTS));
  }

  /**
   * Takes over a run with given producers.
   *
   * @param producers returns a new producer with the run's transactional id at each call
   */
  RunProducer(
      KafkaCluster cluster,
      String run,
      Claim claim,
      Outage outage,
      Pauses pauses,
      Supplier<Producer<String, byte[]>> producers) {
    this.cluster = cluster;
    this.run = run;
    this.claim = claim;
    this.outage = outage;
    this.pauses = pauses;
    this.producers = producers;
    producer = claimRun();
  }

  private Producer<String, byte[]> claimRun() {
    for (int opening = 1; ; opening++) {
      Producer<String, byte[]> opened = producers.get();
      try {
        opened.initTransactions();
        opened.beginTransaction();
        opened.sendOffsetsToTransaction(claim.opening(), claim.group());
        opened.commitTransaction();
        return opened;
      } catch (KafkaException e) {
        opened.close(Duration.ZERO);
        if (TransactionFailure.of(e) != TransactionFailure.FENCED) {
          throw e;
        }
        if (opening == MAX_OPENINGS) {
          throw takenOver(claim.otherHolder(false).orElse("one that opens it at the same time"));
        }
      }
    }
  }

  /**
   * Writes an entry in a transaction of its own. Retries for as long as the brokers are away.
   *
   * @throws FencedException when a newer trainer holds the run
   * @throws KafkaException when the cluster refuses for a lasting reason
   */
  <R> R write(LogEntry<R> entry) throws InterruptedException {
    Backoff backoff = pauses.backoff();
    while (true) {
      try {
        R result = attempt(entry);
        outage.end();
        return result;
      } catch (InterruptException e) {
        throw interrupted(e);
      } catch (KafkaException e) {
        recover(entry, e);
      }
      backoff.pause();
    }
  }

  private <R> R attempt(LogEntry<R> entry) throws InterruptedException {
    Producer<String, byte[]> current = producer == null ? reopen(entry) : producer;
    if (committing) {
      Optional<R> committed = entry.committed();
      committing = false;
      if (committed.isPresent()) {
        return committed.get();
      }
    }
    current.beginTransaction();
    open = true;
    R result = entry.write(new LogTransaction(cluster, current, claim));
    committing = true;
    commit(entry, current);
    open = false;
    committing = false;
    return result;
  }

  private void commit(LogEntry<?> entry, Producer<String, byte[]> current) {
    untilAnswered(entry, current::commitTransaction);
  }

  /** Ends the open transaction: aborts it, or gives up the producer. */
  private void recover(LogEntry<?> entry, KafkaException failure) throws InterruptedException {
    TransactionFailure kind = TransactionFailure.of(failure);
    if (kind == TransactionFailure.PERMANENT) {
      discard();
      throw failure;
    }
    report(entry, failure);
    if (kind == TransactionFailure.FENCED) {
      fenced = true;
      discard();
    } else if (producer != null && open) {
      abort(entry, producer);
    }
  }

  private void abort(LogEntry<?> entry, Producer<String, byte[]> current)
      throws InterruptedException {
    try {
      untilAnswered(entry, current::abortTransaction);
      open = false;
      committing = false;
    } catch (InterruptException e) {
      throw interrupted(e);
    } catch (KafkaException e) {
      fenced = TransactionFailure.of(e) == TransactionFailure.FENCED;
      discard();
    }
  }

  private Producer<String, byte[]> reopen(LogEntry<?> entry) throws InterruptedException {
    for (int check = 0; fenced && check < MAX_CLAIM_CHECKS; check++) {
      requireClaim(false);
      Thread.sleep(pauses.claimCheck().toMillis());
    }
    requireClaim(false);
    Producer<String, byte[]> opened = producers.get();
    try {
      untilAnswered(entry, opened::initTransactions);
      requireClaim(true);
    } catch (RuntimeException e) {
      opened.close(Duration.ZERO);
      throw e;
    }
    LOG.info("run {}: this trainer still holds the claim; it has opened a new producer", run);
    producer = opened;
    fenced = false;
    return opened;
  }

  private void requireClaim(boolean stable) {
    claim
        .otherHolder(stable)
        .ifPresent(
            holder -> {
              throw takenOver(holder);
            });
  }

  private FencedException takenOver(String holder) {
    return new FencedException(
        "run %s was taken over by another trainer (%s); this one stops".formatted(run, holder));
  }

  private void untilAnswered(LogEntry<?> entry, Runnable call) {
    while (true) {
      try {
        call.run();
        return;
      } catch (TimeoutException e) {
        report(entry, e);
      }
    }
  }

  private void report(LogEntry<?> entry, KafkaException failure) {
    Throwable cause = failure.getCause() == null ? failure : failure.getCause();
    LOG.debug("run {}", run, failure);
    String reason =
        TransactionFailure.of(failure) == TransactionFailure.FENCED
            ? "Kafka has ended its transaction, which took too long, unless another trainer has"
                + " opened the run"
            : "Kafka at %s does not take it (%s): check that its brokers run and have free disk space"
                .formatted(cluster.bootstrapServers(), cause.getMessage());
    outage.begin("%s is not written: %s".formatted(entry.name(), reason));
  }

  private void discard() {
    if (producer != null) {
      producer.close(Duration.ZERO);
    }
    producer = null;
    open = false;
  }

  private static InterruptedException interrupted(InterruptException e) {
    InterruptedException interrupted = new InterruptedException(e.getMessage());
    interrupted.initCause(e);
    return interrupted;
  }

  /** Closes the producer. The brokers abort a transaction that is open. */
  @Override
  public void close() {
    if (producer != null) {
      producer.close(outage.isOn() ? Duration.ZERO : Duration.ofSeconds(5));
    }
  }
}
