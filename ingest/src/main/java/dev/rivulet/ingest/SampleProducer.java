package dev.rivulet.ingest;

import dev.rivulet.schemas.failure.FencedException;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.Sample;
import dev.rivulet.schemas.topic.DeadLetter;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.RunKey;
import dev.rivulet.schemas.topic.Topics;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.jspecify.annotations.Nullable;

/**
 * A Kafka producer of samples and dead letters for any Java program.
 *
 * <pre>{@code
 * KafkaCluster cluster = new KafkaCluster("localhost:9092", Map.of(), "rivulet.");
 * try (SampleProducer samples = SampleProducer.open(cluster)) {
 *   samples.send("reviews", "17", new Sample("A fine film.", null, "positive", null, Map.of()));
 *   samples.commit();
 * }
 * }</pre>
 *
 * <p>Sending does not wait for the broker. If a record cannot be written, the next call of any
 * method fails. After {@link #commit} or {@link #flush} returns, all records are on the broker.
 * Samples of one source keep their order. Thread-safe.
 *
 * <p>A {@linkplain #transactional transactional} producer makes all its records visible at once, at
 * {@link #commit}. If it is closed before that, or killed, none of them becomes visible.
 */
public final class SampleProducer implements AutoCloseable {
  /** Longest transaction that brokers allow by default, in milliseconds. */
  private static final String MAX_TRANSACTION_MILLIS = "900000";

  private final KafkaCluster cluster;
  private final KafkaProducer<String, byte[]> producer;
  private final boolean transactional;
  private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
  private boolean inTransaction;

  private SampleProducer(KafkaCluster cluster, @Nullable String transactionalId) {
    this.cluster = cluster;
    this.transactional = transactionalId != null;
    try (Admin admin = cluster.admin()) {
      cluster.requireTopics(admin);
    }
    this.producer = cluster.producer("rivulet-ingest", transactionalId);
  }

  /**
   * Opens a producer that makes samples visible as soon as they are written.
   *
   * @throws UsageException when the cluster lacks topics: the message names them
   * @throws KafkaException when the cluster does not answer
   */
  public static SampleProducer open(KafkaCluster cluster) {
    return new SampleProducer(cluster, null);
  }

  /**
   * Opens a producer that makes samples visible together, at {@link #commit}. The commit must
   * follow the first sample within {@code transaction.timeout.ms}, by default 15 minutes.
   *
   * @param id stable name of the writer: a second producer with the same id stops the first
   * @throws UsageException when the cluster lacks topics: the message names them
   * @throws KafkaException when the cluster does not answer
   */
  public static SampleProducer transactional(KafkaCluster cluster, String id) {
    Map<String, String> settings = new HashMap<>(cluster.settings());
    settings.putIfAbsent(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, MAX_TRANSACTION_MILLIS);
    KafkaCluster longTransactions =
        new KafkaCluster(cluster.bootstrapServers(), settings, cluster.prefix());
    SampleProducer samples =
        new SampleProducer(longTransactions, cluster.prefix() + "ingest-" + id);
    try {
      samples.producer.initTransactions();
      return samples;
    } catch (KafkaException e) {
      samples.close();
      throw e;
    }
  }

  /**
   * Sends a sample under the key {@code source/id}.
   *
   * @param source name of the source: letters, digits, dots, dashes and underscores
   * @param id distinguishes the sample within its source; the train/eval split hashes it
   * @throws UsageException when the source's name is not valid
   * @throws FencedException when another process has taken over: fatal for this producer
   * @throws KafkaException when an earlier record could not be written: fatal for this producer
   */
  public void send(String source, String id, Sample sample) {
    send(cluster.record(Topics.SAMPLES, key(source, id), sample));
  }

  /**
   * Sends rejected input to the dead-letter topic.
   *
   * @param bytes the input, unchanged
   * @throws UsageException when the source's name is not valid
   * @throws FencedException when another process has taken over: fatal for this producer
   * @throws KafkaException when an earlier record could not be written: fatal for this producer
   */
  public void reject(String source, String id, byte[] bytes, DeadLetter letter) {
    letter.records(cluster, key(source, id), bytes).forEach(this::send);
  }

  /**
   * Waits until all records sent so far are on the broker.
   *
   * @throws FencedException when another process has taken over: fatal for this producer
   * @throws KafkaException when a record could not be written: fatal for this producer
   */
  public synchronized void flush() {
    producer.flush();
    requireNoFailure();
  }

  /**
   * Waits until all records sent so far are on the broker. A transactional producer then makes them
   * visible.
   *
   * @throws FencedException when another process has taken over: fatal for this producer
   * @throws KafkaException when a record could not be written: fatal for this producer
   */
  public synchronized void commit() {
    flush();
    if (inTransaction) {
      producer.commitTransaction();
      inTransaction = false;
    }
  }

  /**
   * Closes the producer. A transactional producer drops uncommitted records; any other waits until
   * all records are written.
   *
   * @throws KafkaException when a record could not be written
   */
  @Override
  public synchronized void close() {
    try (producer) {
      if (transactional) {
        abort();
      } else {
        flush();
      }
    }
  }

  private void abort() {
    if (inTransaction) {
      inTransaction = false;
      producer.abortTransaction();
    }
  }

  private synchronized void send(ProducerRecord<String, byte[]> record) {
    requireNoFailure();
    if (transactional && !inTransaction) {
      producer.beginTransaction();
      inTransaction = true;
    }
    var unused =
        producer.send(
            record,
            (written, error) -> {
              if (error != null) {
                failure.compareAndSet(null, error);
              }
            });
  }

  private void requireNoFailure() {
    Exception first = failure.get();
    if (first instanceof ProducerFencedException
        || first instanceof InvalidProducerEpochException) {
      throw new FencedException(
          "%s: another process started writing samples of this source: run only one of them"
              .formatted(cluster),
          first);
    }
    if (first != null) {
      throw new KafkaException(
          "%s: a sample could not be written: %s".formatted(cluster, first.getMessage()), first);
    }
  }

  private static String key(String source, String id) {
    return RunKey.of(RunKey.requireValid("source", source), id);
  }
}
