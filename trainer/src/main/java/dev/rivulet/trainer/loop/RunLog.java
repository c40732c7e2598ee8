package dev.rivulet.trainer.loop;

import dev.rivulet.schemas.record.TopicOffset;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;

/**
 * The one way from a trainer into the log: everything that it writes goes through transactions of
 * one producer, whose id is the run. So a second trainer of the run fences the first, and nothing
 * of the first is visible from then on.
 *
 * <p>Telemetry is gathered and written in short transactions, at most ten a second; a commit writes
 * what has been gathered along with the checkpoint. Not thread-safe.
 */
final class RunLog implements AutoCloseable {
  private static final long FLUSH_NANOS = Duration.ofMillis(100).toNanos();

  private final KafkaCluster cluster;
  private final String run;
  private final Producer<String, byte[]> producer;
  private final List<ProducerRecord<String, byte[]>> gathered = new ArrayList<>();
  private long lastFlush = System.nanoTime();

  /** Opens the log of a run, and fences whoever had it open. */
  RunLog(KafkaCluster cluster, String run) {
    this.cluster = cluster;
    this.run = run;
    producer = cluster.producer("rivulet-trainer-" + run, cluster.prefix() + "trainer-" + run);
    producer.initTransactions();
  }

  KafkaCluster cluster() {
    return cluster;
  }

  String run() {
    return run;
  }

  /** Gathers a record, and writes what was gathered when the last write is long enough ago. */
  <T> void publish(Topic<T> topic, String key, T value) {
    gathered.add(cluster.record(topic, key, value));
    if (System.nanoTime() - lastFlush >= FLUSH_NANOS) {
      flush();
    }
  }

  /** Writes what was gathered, in one transaction. */
  void flush() {
    if (!gathered.isEmpty()) {
      transaction(Function.identity());
    }
  }

  /**
   * Writes what was gathered and what a body sends, in one transaction, and returns what the body
   * does.
   *
   * @throws FencedException when a newer trainer has the run
   * @throws KafkaException when the transaction failed and was aborted
   */
  <R> R transaction(Function<Producer<String, byte[]>, R> body) {
    try {
      producer.beginTransaction();
      gathered.forEach(this::send);
      R result = body.apply(producer);
      producer.commitTransaction();
      gathered.clear();
      lastFlush = System.nanoTime();
      return result;
    } catch (ProducerFencedException | InvalidProducerEpochException e) {
      throw new FencedException(run, e);
    } catch (KafkaException e) {
      if (e.getCause() instanceof InvalidProducerEpochException
          || e.getCause() instanceof ProducerFencedException) {
        throw new FencedException(run, e);
      }
      producer.abortTransaction();
      throw e;
    }
  }

  /** Sends a record in the open transaction, whose commit fails when the send does. */
  void send(ProducerRecord<String, byte[]> record) {
    Future<RecordMetadata> unused = producer.send(record);
  }

  /** Adds the run's position to the open transaction as group offsets, for lag tools. */
  void mirrorOffsets(List<TopicOffset> offsets, ConsumerGroupMetadata group) {
    Map<TopicPartition, OffsetAndMetadata> mirrored = new HashMap<>();
    offsets.forEach(
        at ->
            mirrored.put(
                new TopicPartition(at.getTopic(), at.getPartition()),
                new OffsetAndMetadata(at.getOffset())));
    producer.sendOffsetsToTransaction(mirrored, group);
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(5));
  }
}
