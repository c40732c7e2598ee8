package dev.rivulet.trainer.log;

import dev.rivulet.schemas.record.TopicOffset;
import dev.rivulet.schemas.topic.KafkaCluster;
import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;

/**
 * One trainer's claim to a run. The log holds it as the metadata of the run's group offsets: the
 * name of the trainer that committed them.
 */
public final class Claim {
  /*
   * Kafka reports that a trainer is fenced, but not why. Either a newer trainer has opened the run,
   * or the coordinator has aborted a transaction that took too long, because the broker was away or
   * this machine slept. In the second case the trainer should recover. In the first it must not: to
   * open the producer again would fence the newer trainer.
   *
   * So a trainer that opens a run commits its claim in the first transaction of its producer, and a
   * fenced trainer reads whose claim is in the log (RunProducer). All claims of a run are offsets
   * of one group, and only the producer that was opened last can commit them, so there is always
   * exactly one holder.
   */

  /** Reads the offsets that a group has committed. */
  @FunctionalInterface
  interface CommittedOffsets {
    /**
     * Returns the committed offsets.
     *
     * @param stable whether to wait for open transactions to end
     */
    Map<TopicPartition, OffsetAndMetadata> read(boolean stable);
  }

  private final ConsumerGroupMetadata group;
  private final List<TopicOffset> beginning;
  private final CommittedOffsets committed;
  private final String name =
      ManagementFactory.getRuntimeMXBean().getName() + " " + UUID.randomUUID();

  /**
   * Makes a claim. It is not in the log yet.
   *
   * @param group the run's consumer group
   * @param beginning position of a run that has not committed one yet
   */
  public Claim(KafkaCluster cluster, ConsumerGroupMetadata group, List<TopicOffset> beginning) {
    this(group, beginning, stable -> read(cluster, group.groupId(), stable));
  }

  Claim(ConsumerGroupMetadata group, List<TopicOffset> beginning, CommittedOffsets committed) {
    this.group = group;
    this.beginning = List.copyOf(beginning);
    this.committed = committed;
  }

  ConsumerGroupMetadata group() {
    return group;
  }

  /** Returns group offsets for a position, with this trainer as their holder. */
  Map<TopicPartition, OffsetAndMetadata> on(List<TopicOffset> position) {
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    position.forEach(at -> offsets.put(partition(at), new OffsetAndMetadata(at.getOffset(), name)));
    return offsets;
  }

  /**
   * Returns group offsets that claim the run and leave its position unchanged. The run's producer
   * must be open and without a transaction.
   *
   * @throws KafkaException when the group's coordinator does not answer
   */
  Map<TopicPartition, OffsetAndMetadata> opening() {
    Map<TopicPartition, OffsetAndMetadata> offsets = on(beginning);
    committed
        .read(true)
        .forEach(
            (partition, at) ->
                offsets.computeIfPresent(
                    partition, (key, own) -> new OffsetAndMetadata(at.offset(), name)));
    return offsets;
  }

  /**
   * Returns the trainer that holds the run, if it is not this one.
   *
   * @param stable whether to wait for open transactions to end; not allowed while only the caller
   *     can end one
   * @throws KafkaException when the group's coordinator does not answer
   */
  Optional<String> otherHolder(boolean stable) {
    Map<TopicPartition, OffsetAndMetadata> offsets = committed.read(stable);
    return beginning.stream()
        .map(at -> offsets.get(partition(at)))
        .map(
            at ->
                at == null ? "an unknown trainer: the claim in the log is missing" : at.metadata())
        .filter(holder -> !holder.equals(name))
        .findFirst();
  }

  private static Map<TopicPartition, OffsetAndMetadata> read(
      KafkaCluster cluster, String group, boolean stable) {
    try (Admin admin = cluster.admin()) {
      Map<TopicPartition, OffsetAndMetadata> offsets =
          admin
              .listConsumerGroupOffsets(
                  group, new ListConsumerGroupOffsetsOptions().requireStable(stable))
              .partitionsToOffsetAndMetadata()
              .get();
      // A partition without a committed offset has a null.
      offsets.values().removeIf(offset -> offset == null);
      return offsets;
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof KafkaException cause ? cause : new KafkaException(e.getCause());
    }
  }

  private static TopicPartition partition(TopicOffset at) {
    return new TopicPartition(at.getTopic(), at.getPartition());
  }
}
