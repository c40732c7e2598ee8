package dev.rivulet.ops.orders;

import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.failure.UsageException;
import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.Command;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topics;
import dev.rivulet.schemas.version.Snapshots;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.KafkaException;

/**
 * Places orders to one run: checks an order against the run's log, publishes it as a record of the
 * topic {@code control}, and follows a rollback until the trainer has carried it out. A command and
 * an HTTP route use it alike.
 *
 * <pre>{@code
 * RunOrders orders = new RunOrders(cluster, CheckpointLog.read(cluster, "run"), true);
 * orders.place(Order.Control.PAUSE, new Origin("ada", "look at the loss"));
 * }</pre>
 */
public final class RunOrders {
  private static final Duration POLL_INTERVAL = Duration.ofMillis(500);

  private final KafkaCluster cluster;
  private final CheckpointLog log;
  private final boolean trainerPossible;

  /**
   * Who gives an order and why.
   *
   * @param issuer the name of a person
   * @param reason in the person's words
   */
  public record Origin(String issuer, String reason) {}

  /**
   * @param log the run's checkpoints
   * @param trainerPossible whether a trainer can run now; false where the caller alone has the
   *     broker
   */
  public RunOrders(KafkaCluster cluster, CheckpointLog log, boolean trainerPossible) {
    this.cluster = cluster;
    this.log = log;
    this.trainerPossible = trainerPossible;
  }

  /**
   * Places an order that only a running trainer obeys.
   *
   * @throws UsageException when the run has no sound checkpoint, has finished, or cannot have a
   *     running trainer
   * @throws KafkaException when the brokers do not acknowledge the order
   */
  public PlacedOrder place(Order.Control order, Origin origin) throws InterruptedException {
    Manifest newest = newest();
    String verb = order.name().toLowerCase(Locale.ROOT);
    if (newest.getCause() == Cause.FINISH) {
      throw new UsageException(
          "run %s has finished: there is nothing to %s".formatted(log.run(), verb));
    } else if (!trainerPossible) {
      throw new UsageException(
          "no trainer runs on run %s: there is nothing to %s".formatted(log.run(), verb));
    }
    Command command = command(order, newest, origin).build();
    publish(command);
    return new PlacedOrder(command, newest, false);
  }

  /**
   * Places a rollback, after it has read and verified every tensor of the checkpoint.
   *
   * @param snapshots of the run
   * @throws UsageException when the run has no sound checkpoint or none of that name, or batches to
   *     skip cannot be identified
   * @throws dev.rivulet.schemas.failure.RunException when the checkpoint is damaged, or the batches
   *     after it are gone
   * @throws KafkaException when the brokers do not acknowledge the order
   */
  public PlacedOrder place(Order.Rollback order, Snapshots snapshots, Origin origin)
      throws InterruptedException {
    Manifest target = log.get(order.checkpoint());
    Manifest newest = newest();
    Command command =
        command(order, newest, origin)
            .setCheckpoint(target.getCheckpoint())
            .setSkip(order.skip().stream().map(range -> range.of(target)).toList())
            .setLearningRateScale(order.learningRateScale())
            .build();
    RollbackTarget.requireSound(cluster, log, snapshots, target);
    publish(command);
    return new PlacedOrder(command, newest, newest.getCause() == Cause.FINISH || !trainerPossible);
  }

  /**
   * Waits until a trainer has opened a later epoch than that of an order.
   *
   * @return the first checkpoint of that epoch, with the cause ROLLBACK when the trainer carried
   *     the order out; empty when the time is over
   */
  public Optional<Manifest> awaitNextEpoch(PlacedOrder order, Duration limit)
      throws InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    while (true) {
      Optional<Manifest> next =
          CheckpointLog.read(cluster, log.run()).manifests().values().stream()
              .filter(manifest -> manifest.getEpoch() > order.command().getEpoch())
              .min(CheckpointLog.HISTORY);
      if (next.isPresent() || System.nanoTime() > deadline) {
        return next;
      }
      Thread.sleep(POLL_INTERVAL.toMillis());
    }
  }

  private Manifest newest() {
    return log.newest()
        .orElseThrow(
            () ->
                new UsageException(
                    "run %s has no sound checkpoint: `rivulet verify --run %s` lists the damage"
                        .formatted(log.run(), log.run())));
  }

  private static Command.Builder command(Order order, Manifest newest, Origin origin) {
    return Command.newBuilder()
        .setRun(newest.getRun())
        .setEpoch(newest.getEpoch())
        .setAction(order.action())
        .setStep(0)
        .setReason(origin.reason())
        .setIssuer(origin.issuer())
        .setTimestamp(Instant.now());
  }

  private void publish(Command command) throws InterruptedException {
    try (KafkaProducer<String, byte[]> producer = cluster.producer("rivulet-orders", null)) {
      producer.send(cluster.record(Topics.CONTROL, command.getRun(), command)).get();
    } catch (ExecutionException e) {
      throw new KafkaException("the order was not written: " + e.getCause(), e.getCause());
    }
  }
}
