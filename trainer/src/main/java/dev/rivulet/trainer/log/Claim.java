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
 * One trainer's claim to a run, as the log tells it: the metadata of the run's group offsets is the
 * name of the trainer that wrote them.
 */
public final class Claim {
  /*
   * Kafka tells a trainer that it is fenced, and not why. It may be that a newer trainer has opened
   * the run; or that the coordinator has ended a transaction that took too long, because the broker
   * was gone for a while or this machine slept. From the second a trainer should recover; in the
   * first case it must not, for opening the producer again would fence the newer one.
   *
   * So a trainer that opens a run claims it, in the first transaction of its producer, and whoever
   * is fenced looks whose the claim is (RunProducer). The claims lie in one partition of one topic,
   * and only the producer that was opened last can write one: there is always one answer.
   */
  private final KafkaCluster cluster;
  private final ConsumerGroupMetadata group;
  private final List<TopicOffset> beginning;
  private final String holder =
      ManagementFactory.getRuntimeMXBean().getName() + " " + UUID.randomUUID();

  /**
   * Makes a claim, which nothing in the log tells yet.
   *
   * @param group the run's consumer group
   * @param beginning the position of a run that has none yet
   */
  public Claim(KafkaCluster cluster, ConsumerGroupMetadata group, List<TopicOffset> beginning) {
    this.cluster = cluster;
    this.group = group;
    this.beginning = List.copyOf(beginning);
  }

  ConsumerGroupMetadata group() {
    return group;
  }

  /** Returns the group offsets that tell a position, and this trainer. */
  Map<TopicPartition, OffsetAndMetadata> on(List<TopicOffset> position) {
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    position.forEach(
        at -> offsets.put(partition(at), new OffsetAndMetadata(at.getOffset(), holder)));
    return offsets;
  }

  /**
   * Returns the group offsets that claim the run, and leave its position as it is. The run's
   * producer must have been opened, so that no transaction is open.
   *
   * @throws KafkaException when the group's coordinator does not answer
   */
  Map<TopicPartition, OffsetAndMetadata> opening() {
    Map<TopicPartition, OffsetAndMetadata> offsets = on(beginning);
    there(true)
        .forEach(
            (partition, at) ->
                offsets.computeIfPresent(
                    partition, (key, own) -> new OffsetAndMetadata(at.offset(), holder)));
    return offsets;
  }

  /**
   * Returns the trainer that has the run, when it is not this one.
   *
   * @param settled whether to wait for open transactions: there must be none that only the caller
   *     can end
   * @throws KafkaException when the group's coordinator does not answer
   */
  Optional<String> rival(boolean settled) {
    Map<TopicPartition, OffsetAndMetadata> there = there(settled);
    return beginning.stream()
        .map(at -> there.get(partition(at)))
        .map(at -> at == null ? "a trainer whose claim is gone" : at.metadata())
        .filter(claimant -> !claimant.equals(holder))
        .findFirst();
  }

  private Map<TopicPartition, OffsetAndMetadata> there(boolean settled) {
    try (Admin admin = cluster.admin()) {
      Map<TopicPartition, OffsetAndMetadata> there =
          admin
              .listConsumerGroupOffsets(
                  group.groupId(), new ListConsumerGroupOffsetsOptions().requireStable(settled))
              .partitionsToOffsetAndMetadata()
              .get();
      // Where nothing is committed the offset is null.
      there.values().removeIf(offset -> offset == null);
      return there;
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
