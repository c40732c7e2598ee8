package dev.rivulet.trainer.log;

import dev.rivulet.schemas.topic.KafkaCluster;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.InvalidTxnTimeoutException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A run's transactional producer, whose id is the run: a second trainer of the run fences the
 * first, and nothing of the first is visible from then on. Not thread-safe.
 */
final class RunProducer implements AutoCloseable {
  /*
   * A write is tried until it has succeeded, whatever the brokers do meanwhile. What a failure
   * leaves behind decides how:
   *
   * - beginTransaction, or a send, has failed: the transaction is aborted and written anew. The
   *   producer stays, with its epoch, so that no newer trainer can be fenced.
   * - commitTransaction, abortTransaction or initTransactions has timed out: nobody knows whether
   *   the broker did it. Kafka wants the same call again, until it is answered, and then the
   *   outcome is known.
   * - The producer is of no use any more: it is fenced, or Kafka holds its state for lost. Another
   *   one has to be opened, which fences whoever has the run: so it is asked before whose the claim
   *   is, and after, since a newer trainer may have claimed it in between. If so that one is fenced
   *   by mistake; but its claim stands, nothing has been written here, and it recovers in the same
   *   way. A trainer that is opening its run has no claim yet when it is fenced like that: it opens
   *   again, and who was fenced waits some seconds for that claim to come.
   *   When the failure came out of a commit, its outcome may have been lost with the producer. Then
   *   the log is asked (committed) before anything is written a second time.
   */
  private static final Logger LOG = LoggerFactory.getLogger(RunProducer.class);

  private static final Map<String, Object> DEFAULTS =
      Map.of(
          // A checkpoint of some gigabytes over a slow network; brokers allow 15 minutes.
          ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, 600_000,
          // How long a broker that is gone goes unnoticed.
          ProducerConfig.MAX_BLOCK_MS_CONFIG, 30_000);

  private static final List<Class<? extends KafkaException>> PERMANENT =
      List.of(
          AuthenticationException.class,
          AuthorizationException.class,
          ConfigException.class,
          InvalidConfigurationException.class,
          InvalidTopicException.class,
          InvalidTxnTimeoutException.class,
          RecordTooLargeException.class,
          SerializationException.class,
          UnsupportedVersionException.class);

  private static final int OPENINGS = 10;
  private static final long FIRST_PAUSE_MILLIS = 100;
  private static final long LONGEST_PAUSE_MILLIS = 10_000;
  private static final int COURTESIES = 15;
  private static final long COURTESY_MILLIS = 200;

  private final KafkaCluster cluster;
  private final String run;
  private final Claim claim;
  private final Outage outage;
  private @Nullable KafkaProducer<String, byte[]> producer;
  private boolean open;
  private boolean committing;
  private boolean fenced;

  /**
   * Takes over a run: fences whoever had it, and claims it.
   *
   * @throws KafkaException when the cluster does not answer or refuses
   */
  RunProducer(KafkaCluster cluster, String run, Claim claim, Outage outage) {
    this.cluster = cluster;
    this.run = run;
    this.claim = claim;
    this.outage = outage;
    producer = claimed();
  }

  private KafkaProducer<String, byte[]> claimed() {
    for (int opening = 1; ; opening++) {
      KafkaProducer<String, byte[]> opened = producer();
      try {
        opened.initTransactions();
        opened.beginTransaction();
        opened.sendOffsetsToTransaction(claim.opening(), claim.group());
        opened.commitTransaction();
        return opened;
      } catch (KafkaException e) {
        opened.close(Duration.ZERO);
        if (!isFence(e)) {
          throw e;
        }
        if (opening == OPENINGS) {
          throw new FencedException(
              run, claim.rival(false).orElse("that opens it at the same time"));
        }
      }
    }
  }

  private KafkaProducer<String, byte[]> producer() {
    return cluster.producer(
        "rivulet-trainer-" + run, cluster.prefix() + "trainer-" + run, DEFAULTS);
  }

  /**
   * Writes an entry in one transaction of its own, however long the brokers are away.
   *
   * @throws FencedException when a newer trainer has the run
   * @throws KafkaException when the cluster refuses for a reason that does not pass
   */
  <R> R write(LogEntry<R> entry) throws InterruptedException {
    long pause = FIRST_PAUSE_MILLIS;
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
      Thread.sleep(pause);
      pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
    }
  }

  private <R> R attempt(LogEntry<R> entry) throws InterruptedException {
    KafkaProducer<String, byte[]> current = producer == null ? reopen(entry) : producer;
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

  private void commit(LogEntry<?> entry, KafkaProducer<String, byte[]> current) {
    untilAnswered(entry, current::commitTransaction);
  }

  /** Leaves no transaction open: by an abort, or by giving up the producer. */
  private void recover(LogEntry<?> entry, KafkaException failure) throws InterruptedException {
    if (isPermanent(failure)) {
      discard();
      throw failure;
    }
    tell(entry, failure);
    if (isFence(failure)) {
      fenced = true;
      discard();
    } else if (producer != null && open) {
      try {
        untilAnswered(entry, producer::abortTransaction);
        open = false;
        committing = false;
      } catch (InterruptException e) {
        throw interrupted(e);
      } catch (KafkaException e) {
        fenced = isFence(e);
        discard();
      }
    }
  }

  private KafkaProducer<String, byte[]> reopen(LogEntry<?> entry) throws InterruptedException {
    for (int courtesy = 0; fenced && courtesy < COURTESIES; courtesy++) {
      requireClaim(false);
      Thread.sleep(COURTESY_MILLIS);
    }
    requireClaim(false);
    KafkaProducer<String, byte[]> opened = producer();
    try {
      untilAnswered(entry, opened::initTransactions);
      requireClaim(true);
    } catch (RuntimeException e) {
      opened.close(Duration.ZERO);
      throw e;
    }
    LOG.info("run {}: still claimed by this trainer; its producer is opened anew", run);
    producer = opened;
    fenced = false;
    return opened;
  }

  private void requireClaim(boolean settled) {
    claim
        .rival(settled)
        .ifPresent(
            rival -> {
              throw new FencedException(run, rival);
            });
  }

  private void untilAnswered(LogEntry<?> entry, Runnable call) {
    while (true) {
      try {
        call.run();
        return;
      } catch (TimeoutException e) {
        tell(entry, e);
      }
    }
  }

  private void tell(LogEntry<?> entry, KafkaException failure) {
    Throwable cause = failure.getCause() == null ? failure : failure.getCause();
    LOG.debug("run {}", run, failure);
    String reason =
        isFence(failure)
            ? "Kafka has ended its transaction, which took too long, unless another trainer has"
                + " opened the run"
            : "Kafka at %s does not take it (%s): see that its brokers run, and have room on their disks"
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

  private static boolean isFence(Throwable failure) {
    return causes(failure)
        .anyMatch(
            e ->
                e instanceof ProducerFencedException || e instanceof InvalidProducerEpochException);
  }

  private static boolean isPermanent(Throwable failure) {
    return causes(failure).anyMatch(e -> PERMANENT.stream().anyMatch(kind -> kind.isInstance(e)));
  }

  private static Stream<Throwable> causes(Throwable failure) {
    return Stream.iterate(failure, e -> e != null, Throwable::getCause);
  }

  private static InterruptedException interrupted(InterruptException e) {
    InterruptedException interrupted = new InterruptedException(e.getMessage());
    interrupted.initCause(e);
    return interrupted;
  }

  /** Closes the producer; a transaction that is open is aborted. */
  @Override
  public void close() {
    if (producer != null) {
      producer.close(outage.isOn() ? Duration.ZERO : Duration.ofSeconds(5));
    }
  }
}
