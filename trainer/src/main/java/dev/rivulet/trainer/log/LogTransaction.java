package dev.rivulet.trainer.log;

import dev.rivulet.schemas.record.TopicOffset;
import dev.rivulet.schemas.topic.KafkaCluster;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;

/**
 * An open transaction of a run's producer.
 *
 * @param claim of this trainer, which group offsets carry
 */
public record LogTransaction(KafkaCluster cluster, Producer<String, byte[]> producer, Claim claim) {

  /** Sends a record. If the send fails, the commit fails. */
  public void put(ProducerRecord<String, byte[]> record) {
    Future<RecordMetadata> unused = send(record);
  }

  /**
   * Sends a record.
   *
   * @return its place in the log, available after a flush
   * @throws KafkaException when the producer has given the record up already. After it has waited
   *     for its brokers in vain it fails at once; to send further records would wait as long again
   */
  public Future<RecordMetadata> send(ProducerRecord<String, byte[]> record) {
    Future<RecordMetadata> sent = producer.send(record);
    if (sent.isDone()) {
      try {
        RecordMetadata unused = sent.get();
      } catch (InterruptedException e) {
        throw new InterruptException(e);
      } catch (ExecutionException e) {
        throw new KafkaException(
            "the producer gave up a record of %s".formatted(record.topic()), e.getCause());
      }
    }
    return sent;
  }

  /** Commits a position as the run's group offsets, for tools that show the lag. */
  public void commitOffsets(List<TopicOffset> position) {
    producer.sendOffsetsToTransaction(claim.on(position), claim.group());
  }
}
