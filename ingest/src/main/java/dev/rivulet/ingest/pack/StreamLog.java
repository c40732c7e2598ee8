package dev.rivulet.ingest.pack;

import dev.rivulet.schemas.codec.AvroCodec;
import dev.rivulet.schemas.failure.FencedException;
import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topic;
import dev.rivulet.schemas.topic.TopicReader;
import dev.rivulet.schemas.topic.Topics;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;

/**
 * The state of a stream in Kafka: its committed position, and the transactions that advance it.
 *
 * <p>Batches, dead letters and the position after them are one transaction. The position consists
 * of the committed offsets of the group {@code rivulet-packer-STREAM} and their metadata. Opening
 * the log fences the packer that had it open before.
 */
final class StreamLog implements AutoCloseable {
  private final KafkaCluster cluster;
  private final PackerConfig config;
  private final String fingerprint;
  private final KafkaProducer<String, byte[]> producer;
  private final KafkaConsumer<String, byte[]> consumer;

  StreamLog(KafkaCluster cluster, PackerConfig config, String fingerprint) {
    this.cluster = cluster;
    this.config = config;
    this.fingerprint = fingerprint;
    String name = "rivulet-packer-" + config.stream();
    this.producer = cluster.producer(name, cluster.prefix() + name);
    this.consumer = cluster.consumer(name, Map.of(ConsumerConfig.GROUP_ID_CONFIG, name));
  }

  /** Returns the consumer of the samples topic. */
  KafkaConsumer<String, byte[]> consumer() {
    return consumer;
  }

  /**
   * Takes the stream over and returns its position: the committed one, or the start of a new
   * stream. A new bounded stream ends at the current end of the samples topic.
   *
   * @throws RunException when the stream was started with other settings, or has lost its position
   */
  Position open() {
    producer.initTransactions();
    List<TopicPartition> partitions =
        TopicReader.partitions(consumer, cluster.name(Topics.SAMPLES));
    Map<TopicPartition, OffsetAndMetadata> committed =
        consumer.committed(Set.copyOf(partitions)).entrySet().stream()
            .filter(entry -> entry.getValue() != null)
            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    if (!committed.isEmpty()) {
      return CommittedPosition.position(fingerprint, committed);
    }
    requireNew(Topics.EVAL_BATCHES);
    requireNew(Topics.BATCHES);
    return start(partitions);
  }

  private Position start(List<TopicPartition> partitions) {
    Map<TopicPartition, Long> starts = consumer.beginningOffsets(partitions);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    Map<TopicPartition, Position.Span> spans = new HashMap<>();
    starts.forEach(
        (partition, start) ->
            spans.put(
                partition,
                new Position.Span(
                    start,
                    start,
                    config.follow() ? Position.ENDLESS : ends.getOrDefault(partition, start))));
    return new Position(config.follow() ? 0 : Position.EVAL_PASS, 0, 0, 0, 0, spans);
  }

  /**
   * Writes a window's records and the position after them in one transaction.
   *
   * @throws FencedException when another packer has taken the stream over
   * @throws KafkaException when nothing was written: open the log again
   */
  void commit(List<ProducerRecord<String, byte[]>> records, Position position) {
    try {
      producer.beginTransaction();
      for (ProducerRecord<String, byte[]> record : records) {
        var unused = producer.send(record);
      }
      producer.sendOffsetsToTransaction(
          CommittedPosition.offsets(position, fingerprint), consumer.groupMetadata());
      producer.commitTransaction();
    } catch (KafkaException e) {
      if (fenced(e)) {
        throw new FencedException(
            "stream '%s' was taken over by another packer; this one stops"
                .formatted(config.stream()),
            e);
      }
      abort(e);
      throw e;
    }
  }

  /** Returns the record that carries a batch. */
  ProducerRecord<String, byte[]> record(Topic<Batch> topic, Batch batch) {
    return cluster.record(topic, config.stream(), batch);
  }

  private void abort(KafkaException cause) {
    try {
      producer.abortTransaction();
    } catch (KafkaException e) {
      cause.addSuppressed(e);
    }
  }

  private static boolean fenced(Throwable error) {
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (cause instanceof ProducerFencedException
          || cause instanceof InvalidProducerEpochException) {
        return true;
      }
    }
    return false;
  }

  /**
   * Checks that a stream without a position has no batches: brokers delete offsets of idle groups.
   */
  private void requireNew(Topic<Batch> topic) {
    Topic<byte[]> undecoded =
        new Topic<>(
            topic.name(),
            topic.keyedBy(),
            AvroCodec.raw(),
            topic.partitions(),
            topic.retention(),
            topic.purpose());
    TopicReader.forEach(
        cluster,
        consumer,
        undecoded,
        (record, bytes) -> {
          if (Objects.equals(record.key(), config.stream())) {
            throw new RunException(
                "it has batches, but its committed position is gone: choose a new stream name");
          }
        });
  }

  @Override
  public void close() {
    try (producer;
        consumer) {
      // Closes both, even if closing the first fails.
    }
  }
}
