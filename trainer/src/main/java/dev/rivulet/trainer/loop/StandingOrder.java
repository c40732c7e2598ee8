package dev.rivulet.trainer.loop;

import dev.rivulet.schemas.record.Action;
import dev.rivulet.schemas.record.Command;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.TopicReader;
import dev.rivulet.schemas.topic.Topics;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.Consumer;

/**
 * The rollback that a person ordered while no trainer was at work on the run.
 *
 * <p>A rollback opens a new run epoch, so that one of the newest epoch has not been carried out.
 * Other commands are for a trainer at work. The monitor's do not stand either: what it objected to
 * will be trained on again, and it will object again.
 */
final class StandingOrder {
  private static final String MONITOR = "monitor/";

  private StandingOrder() {}

  /**
   * Returns the newest such order.
   *
   * @param epoch the run's newest epoch
   */
  static Optional<Command> rollback(KafkaCluster cluster, String run, int epoch) {
    List<Command> orders = new ArrayList<>();
    try (Consumer<String, byte[]> consumer = cluster.consumer("rivulet-standing-order")) {
      TopicReader.forEach(
          cluster,
          consumer,
          Topics.CONTROL,
          (record, command) -> {
            if (command.getRun().equals(run)
                && command.getEpoch() == epoch
                && command.getAction() == Action.ROLLBACK
                && !command.getIssuer().startsWith(MONITOR)) {
              orders.add(command);
            }
          });
    }
    return orders.isEmpty() ? Optional.empty() : Optional.of(orders.get(orders.size() - 1));
  }
}
