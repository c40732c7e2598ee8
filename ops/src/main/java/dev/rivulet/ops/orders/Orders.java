package dev.rivulet.ops.orders;

import dev.rivulet.schemas.record.Action;
import dev.rivulet.schemas.record.Command;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topics;
import java.time.Instant;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/** A person's orders to a run. */
public final class Orders {
  private Orders() {}

  /**
   * Returns an order of an action, for the epoch of the run's newest checkpoint.
   *
   * @param reason in a person's words; null when none are given
   */
  public static Command of(Manifest newest, Action action, @Nullable String reason) {
    return Command.newBuilder()
        .setRun(newest.getRun())
        .setEpoch(newest.getEpoch())
        .setAction(action)
        .setStep(0)
        .setReason(reason == null ? "asked for on the command line" : reason)
        .setIssuer(System.getProperty("user.name", "someone"))
        .setTimestamp(Instant.now())
        .build();
  }

  /**
   * Sends an order, and waits until the brokers have it.
   *
   * @throws KafkaException when they do not take it
   */
  public static void send(KafkaCluster cluster, Command order) throws InterruptedException {
    try (KafkaProducer<String, byte[]> producer = cluster.producer("rivulet-orders", null)) {
      producer.send(cluster.record(Topics.CONTROL, order.getRun(), order)).get();
    } catch (ExecutionException e) {
      throw new KafkaException("the order could not be written: " + e.getCause(), e.getCause());
    }
  }
}
