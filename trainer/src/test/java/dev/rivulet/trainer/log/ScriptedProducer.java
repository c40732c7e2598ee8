package dev.rivulet.trainer.log;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** A mock producer whose calls fail as a script says: each failure is thrown once, in order. */
final class ScriptedProducer extends MockProducer<String, byte[]> {
  final Deque<RuntimeException> onInit = new ArrayDeque<>();
  final Deque<RuntimeException> onBegin = new ArrayDeque<>();
  final Deque<RuntimeException> onSend = new ArrayDeque<>();

  /** Thrown by a commit that has not happened. */
  final Deque<RuntimeException> onCommit = new ArrayDeque<>();

  /** Thrown by a commit that has happened: its answer is lost. */
  final Deque<RuntimeException> afterCommit = new ArrayDeque<>();

  final Deque<RuntimeException> onAbort = new ArrayDeque<>();

  private final Map<TopicPartition, OffsetAndMetadata> group;

  /**
   * Makes a producer.
   *
   * @param group offsets of the run's group, which a commit changes
   */
  ScriptedProducer(Map<TopicPartition, OffsetAndMetadata> group) {
    super(true, null, new StringSerializer(), new ByteArraySerializer());
    this.group = group;
  }

  @Override
  public void initTransactions() {
    throwNext(onInit);
    super.initTransactions();
  }

  @Override
  public void beginTransaction() {
    throwNext(onBegin);
    super.beginTransaction();
  }

  @Override
  public synchronized Future<RecordMetadata> send(ProducerRecord<String, byte[]> record) {
    throwNext(onSend);
    return super.send(record);
  }

  @Override
  public void commitTransaction() {
    throwNext(onCommit);
    int before = consumerGroupOffsetsHistory().size();
    super.commitTransaction();
    List<Map<String, Map<TopicPartition, OffsetAndMetadata>>> history =
        consumerGroupOffsetsHistory();
    history
        .subList(before, history.size())
        .forEach(commit -> commit.values().forEach(group::putAll));
    throwNext(afterCommit);
  }

  @Override
  public void abortTransaction() {
    throwNext(onAbort);
    super.abortTransaction();
  }

  private static void throwNext(Deque<RuntimeException> failures) {
    RuntimeException next = failures.poll();
    if (next != null) {
      throw next;
    }
  }
}
