package dev.rivulet.ingest.pack;

import dev.rivulet.schemas.failure.RunException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * A pass over spans of the samples topic. Bounded spans are read one after the other in partition
 * order, so that the order of the samples is a function of the log alone. Endless spans are read
 * together, in the order in which records arrive.
 */
final class SampleScan {
  private static final Duration POLL = Duration.ofMillis(200);

  private final Consumer<String, byte[]> consumer;
  private final SortedMap<TopicPartition, Position.Span> spans =
      new TreeMap<>(
          Comparator.comparing(TopicPartition::topic).thenComparingInt(TopicPartition::partition));
  private final Deque<ConsumerRecord<String, byte[]>> fetched = new ArrayDeque<>();

  SampleScan(Consumer<String, byte[]> consumer) {
    this.consumer = consumer;
  }

  /** Starts reading at the next offsets of the given spans. */
  void seek(Map<TopicPartition, Position.Span> to) {
    fetched.clear();
    spans.clear();
    spans.putAll(to);
    consumer.assign(List.of());
  }

  /** Returns whether every span has been read to its end. */
  boolean atEnd() {
    return spans.values().stream().allMatch(Position.Span::done);
  }

  /** Returns the next offset of each partition: all records before it have been taken. */
  Map<TopicPartition, Long> next() {
    Map<TopicPartition, Long> next = new HashMap<>();
    spans.forEach((partition, span) -> next.put(partition, span.next()));
    return next;
  }

  /**
   * Returns the next record without taking it; null when none arrives within 200 ms.
   *
   * @throws RunException when the next offset has been deleted
   */
  @Nullable ConsumerRecord<String, byte[]> peek() {
    if (fetched.isEmpty() && !atEnd()) {
      fetch();
    }
    return fetched.peekFirst();
  }

  /** Takes the record that {@link #peek} returned. */
  void take() {
    ConsumerRecord<String, byte[]> record = fetched.removeFirst();
    move(new TopicPartition(record.topic(), record.partition()), record.offset() + 1);
  }

  private void fetch() {
    Set<TopicPartition> reading = Set.copyOf(unfinished());
    if (!consumer.assignment().equals(reading)) {
      consumer.assign(reading);
      reading.forEach(partition -> consumer.seek(partition, span(partition).next()));
    }
    try {
      for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
        TopicPartition partition = new TopicPartition(record.topic(), record.partition());
        if (record.offset() < span(partition).end()) {
          fetched.addLast(record);
        }
      }
    } catch (OffsetOutOfRangeException e) {
      throw new RunException(
          "retention deleted samples before they were read, at %s: start a new stream"
              .formatted(e.offsetOutOfRangePartitions()),
          e);
    }
    if (fetched.isEmpty()) {
      // Transaction markers occupy offsets but are never delivered as records.
      reading.forEach(partition -> move(partition, consumer.position(partition)));
    }
  }

  /** Returns the partitions to read now: the first unfinished one, or all endless ones. */
  private Collection<TopicPartition> unfinished() {
    List<TopicPartition> left =
        spans.keySet().stream().filter(partition -> !span(partition).done()).toList();
    boolean endless = left.stream().allMatch(p -> span(p).end() == Position.ENDLESS);
    return endless ? left : left.subList(0, 1);
  }

  private Position.Span span(TopicPartition partition) {
    Position.Span span = spans.get(partition);
    if (span == null) {
      throw new IllegalArgumentException("not being read: " + partition);
    }
    return span;
  }

  private void move(TopicPartition partition, long offset) {
    spans.put(partition, span(partition).at(offset));
  }
}
