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
 * @param claim marks the offsets as this trainer's
 */
public record LogTransaction(KafkaCluster cluster, Producer<String, byte[]> producer, Claim claim) {

  /** Sends a record; the commit fails when the send does. */
  public void put(ProducerRecord<String, byte[]> record) {
    Future<RecordMetadata> unused = send(record);
  }

  /**
   * Sends a record, and returns where it comes to lie.
   *
   * @throws KafkaException when the producer has given it up: it says so at once where it has
   *     waited for its brokers in vain, and would wait as long with every further record
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
            "a record of %s was given up".formatted(record.topic()), e.getCause());
      }
    }
    return sent;
  }

  /** Tells the run's position as group offsets, for lag tools. */
  public void mirror(List<TopicOffset> position) {
    producer.sendOffsetsToTransaction(claim.on(position), claim.group());
  }
}
