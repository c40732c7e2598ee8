package dev.rivulet.trainer.run;

import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerInterceptor;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerInterceptor;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * A Kafka interceptor that calls the test before a record is sent, on the sender's thread. All
 * clients share the settings, so that it is also a consumer interceptor, without effect.
 */
public final class Tripwire
    implements ProducerInterceptor<Object, Object>, ConsumerInterceptor<Object, Object> {
  private static volatile @Nullable Consumer<ProducerRecord<?, ?>> action;

  /** Sets the action before each record of this JVM's clients. */
  static void set(Consumer<ProducerRecord<?, ?>> newAction) {
    action = newAction;
  }

  static void clear() {
    action = null;
  }

  @Override
  public ProducerRecord<Object, Object> onSend(ProducerRecord<Object, Object> record) {
    Consumer<ProducerRecord<?, ?>> now = action;
    if (now != null) {
      now.accept(record);
    }
    return record;
  }

  @Override
  public ConsumerRecords<Object, Object> onConsume(ConsumerRecords<Object, Object> records) {
    return records;
  }

  @Override
  public void onAcknowledgement(@Nullable RecordMetadata metadata, @Nullable Exception e) {}

  @Override
  public void onCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {}

  @Override
  public void close() {}

  @Override
  public void configure(Map<String, ?> settings) {}
}
