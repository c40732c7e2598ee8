package dev.rivulet.trainer.loop;

import dev.rivulet.schemas.record.TopicOffset;
import dev.rivulet.schemas.topic.KafkaCluster;
import java.util.List;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;

/**
 * An open transaction of a run's producer.
 *
 * @param claim marks the offsets as this trainer's
 */
record LogTransaction(KafkaCluster cluster, Producer<String, byte[]> producer, Claim claim) {

  /** Sends a record; the commit fails when the send does. */
  void send(ProducerRecord<String, byte[]> record) {
    Future<RecordMetadata> unused = producer.send(record);
  }

  /** Tells the run's position as group offsets, for lag tools. */
  void mirror(List<TopicOffset> position) {
    producer.sendOffsetsToTransaction(claim.on(position), claim.group());
  }
}
