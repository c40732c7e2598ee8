package dev.rivulet.trainer.stream;

import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.record.SkipRange;
import dev.rivulet.schemas.record.TopicOffset;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.RunPartitioner;
import dev.rivulet.schemas.topic.Topic;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/**
 * A stream of batches, read strictly in order from a position that the caller keeps.
 *
 * <p>Not thread-safe, except {@link #wakeup}.
 */
public final class BatchStream implements AutoCloseable {

  /** A batch and where it was. */
  public record Read(TopicOffset at, Batch batch) {}

  private final Topic<Batch> topic;
  private final String stream;
  private final KafkaConsumer<String, byte[]> consumer;
  private final TopicPartition partition;
  private final Deque<ConsumerRecord<String, byte[]>> fetched = new ArrayDeque<>();
  private List<SkipRange> skips = List.of();
  private long next;
  private long expectedIndex = -1;

  /**
   * Opens a stream at its beginning.
   *
   * @param group consumer group that lag tools know the position by
   */
  public BatchStream(KafkaCluster cluster, Topic<Batch> topic, String stream, String group) {
    this.topic = topic;
    this.stream = stream;
    consumer =
        cluster.consumer(
            "rivulet-" + topic.name(),
            Map.of(ConsumerConfig.GROUP_ID_CONFIG, cluster.prefix() + group));
    String name = cluster.name(topic);
    int partitions = consumer.partitionsFor(name).size();
    partition = new TopicPartition(name, RunPartitioner.partition(stream, partitions));
    consumer.assign(List.of(partition));
    next = beginning();
    consumer.seek(partition, next);
  }

  /**
   * Goes to a position.
   *
   * @param offsets next offset to read, by partition, as manifests hold them
   * @param skips ranges to pass over
   * @throws RunException when retention has deleted batches at the position, or the topic ends
   *     before it
   */
  public void seek(List<TopicOffset> offsets, List<SkipRange> skips) {
    TopicOffset offset =
        offsets.stream()
            .filter(at -> at.getPartition() == partition.partition())
            .filter(at -> at.getTopic().equals(partition.topic()))
            .findFirst()
            .orElseThrow(
                () ->
                    new RunException(
                        "the checkpoint has no position in %s: it was made with other topics"
                            .formatted(partition)));
    long beginning = beginning();
    if (offset.getOffset() < beginning) {
      throw new RunException(
          ("topic %s, partition %d: the run resumes at offset %d, and retention has deleted all"
                  + " before %d; raise the topic's retention and start a new run")
              .formatted(partition.topic(), partition.partition(), offset.getOffset(), beginning));
    }
    long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
    if (offset.getOffset() > end) {
      throw new RunException(
          ("topic %s, partition %d: the run resumes at offset %d, and the topic ends at %d: it was"
                  + " truncated or created again; start a new run")
              .formatted(partition.topic(), partition.partition(), offset.getOffset(), end));
    }
    this.skips = List.copyOf(skips);
    expectedIndex = -1;
    goTo(offset.getOffset());
  }

  private void goTo(long offset) {
    next = offset;
    fetched.clear();
    consumer.seek(partition, next);
  }

  /** Returns the next offset to read, as manifests hold it. */
  public List<TopicOffset> position() {
    return List.of(new TopicOffset(partition.topic(), partition.partition(), next));
  }

  /**
   * Returns whether the log has a record of the stream at the position or after it, including one
   * to be passed over; does not wait for one.
   */
  public boolean hasNext() {
    passOverOthers();
    while (fetched.isEmpty() && consumer.position(partition) < end()) {
      fetch();
      passOverOthers();
    }
    return !fetched.isEmpty();
  }

  /** Returns what {@link #hasNext} does, after waiting for a moment where it is false. */
  public boolean awaitNext() {
    if (!hasNext()) {
      fetch();
    }
    return hasNext();
  }

  private void passOverOthers() {
    while (!fetched.isEmpty() && !stream.equals(fetched.element().key())) {
      next = fetched.remove().offset() + 1;
    }
  }

  private void fetch() {
    consumer.poll(Duration.ofSeconds(1)).forEach(fetched::add);
  }

  private long end() {
    return consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
  }

  /**
   * Waits for the next batch that is not passed over; its {@code endOfStream} says whether the
   * stream is over.
   *
   * @throws RunException when a batch is missing in the stream
   * @throws org.apache.kafka.common.errors.WakeupException after {@link #wakeup}
   */
  public Read next() {
    while (true) {
      ConsumerRecord<String, byte[]> record = fetched.poll();
      if (record == null) {
        fetch();
        continue;
      }
      next = record.offset() + 1;
      if (!stream.equals(record.key())) {
        continue;
      }
      Batch batch = topic.decode(record);
      requireIndex(record, batch);
      if (skips.stream().noneMatch(skip -> contains(skip, record))) {
        return new Read(
            new TopicOffset(record.topic(), record.partition(), record.offset()), batch);
      }
    }
  }

  /**
   * Waits for the batches of a step.
   *
   * @param count how many there are, unless the stream ends before
   * @return none when the stream is over
   */
  public List<Read> next(int count) {
    List<Read> reads = new ArrayList<>();
    while (reads.size() < count) {
      Read read = next();
      if (read.batch().getEndOfStream()) {
        if (!reads.isEmpty()) {
          goTo(read.at().getOffset());
        }
        break;
      }
      reads.add(read);
    }
    return reads;
  }

  private void requireIndex(ConsumerRecord<String, byte[]> record, Batch batch) {
    if (batch.getEndOfStream()) {
      return;
    }
    if (expectedIndex >= 0 && batch.getIndex() != expectedIndex) {
      throw new RunException(
          "%s, partition %d, offset %d: batch %d of stream %s, where batch %d should be"
              .formatted(
                  record.topic(),
                  record.partition(),
                  record.offset(),
                  batch.getIndex(),
                  stream,
                  expectedIndex));
    }
    expectedIndex = batch.getIndex() + 1;
  }

  private static boolean contains(SkipRange skip, ConsumerRecord<?, ?> record) {
    return skip.getTopic().equals(record.topic())
        && skip.getPartition() == record.partition()
        && skip.getFrom() <= record.offset()
        && record.offset() < skip.getTo();
  }

  private long beginning() {
    return consumer.beginningOffsets(List.of(partition)).getOrDefault(partition, 0L);
  }

  /** Returns the group that the position may be committed to. */
  public ConsumerGroupMetadata group() {
    return consumer.groupMetadata();
  }

  /** Makes a waiting {@link #next} throw; from any thread. */
  public void wakeup() {
    consumer.wakeup();
  }

  @Override
  public void close() {
    consumer.close();
  }
}
