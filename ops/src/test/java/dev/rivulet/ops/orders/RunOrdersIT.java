package dev.rivulet.ops.orders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rivulet.ops.orders.RunOrders.Origin;
import dev.rivulet.ops.status.board.Records;
import dev.rivulet.schemas.broker.BrokerFixture;
import dev.rivulet.schemas.checkpoint.CheckpointLog;
import dev.rivulet.schemas.record.Action;
import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.Command;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.RunKey;
import dev.rivulet.schemas.topic.TopicReader;
import dev.rivulet.schemas.topic.Topics;
import dev.rivulet.schemas.version.Snapshots;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Orders without a command line: the checks, and the published records. */
@ExtendWith(BrokerFixture.class)
class RunOrdersIT {
  private static final Origin ORIGIN = new Origin("ada", "look at the loss");

  private final KafkaCluster cluster;

  RunOrdersIT(KafkaCluster shared) {
    cluster = BrokerFixture.withOwnTopics(shared, "orders");
  }

  @Test
  void shouldPublishAnOrderForTheEpochOfTheNewestCheckpoint() throws Exception {
    publish(Cause.START, 0);

    PlacedOrder placed = orders(true).place(Order.Control.PAUSE, ORIGIN);

    assertThat(placed.awaitsStart()).isFalse();
    assertThat(placed.newest().getCheckpoint()).isEqualTo("0-000000");
    assertThat(commands()).containsExactly(placed.command());
    assertThat(placed.command().getRun()).isEqualTo("run");
    assertThat(placed.command().getEpoch()).isZero();
    assertThat(placed.command().getAction()).isEqualTo(Action.PAUSE);
    assertThat(placed.command().getReason()).isEqualTo("look at the loss");
  }

  @Test
  void shouldRefuseToStopAFinishedRun() throws Exception {
    publish(Cause.FINISH, 0);

    assertThatThrownBy(() -> orders(true).place(Order.Control.STOP, ORIGIN))
        .hasMessage("run run has finished: there is nothing to stop");
    assertThat(commands()).isEmpty();
  }

  @Test
  void shouldRefuseToPauseWhenNoTrainerCanRun() throws Exception {
    publish(Cause.START, 0);

    assertThatThrownBy(() -> orders(false).place(Order.Control.PAUSE, ORIGIN))
        .hasMessage("no trainer runs on run run: there is nothing to pause");
    assertThat(commands()).isEmpty();
  }

  @Test
  void shouldRefuseARollbackToAnUnknownCheckpoint() throws Exception {
    publish(Cause.START, 0);
    Order.Rollback rollback = new Order.Rollback("0-000007", List.of(), 1);

    assertThatThrownBy(() -> orders(true).place(rollback, Snapshots.NONE, ORIGIN))
        .hasMessageStartingWith("run run has no checkpoint 0-000007");
    assertThat(commands()).isEmpty();
  }

  @Test
  void shouldRefuseARollbackToADamagedCheckpoint() throws Exception {
    // The tensors of this checkpoint were never written.
    publish(Cause.START, 0);
    Order.Rollback rollback = new Order.Rollback("0-000000", List.of(), 1);

    assertThatThrownBy(() -> orders(true).place(rollback, Snapshots.NONE, ORIGIN))
        .hasMessageStartingWith("the run cannot return to checkpoint 0-000000: tensor ");
    assertThat(commands()).isEmpty();
  }

  private RunOrders orders(boolean trainerPossible) {
    return new RunOrders(cluster, CheckpointLog.read(cluster, "run"), trainerPossible);
  }

  private void publish(Cause cause, long step) throws Exception {
    Manifest manifest = new Records("run").checkpoint(0, step, cause).build();
    try (KafkaProducer<String, byte[]> producer = cluster.producer("test", null)) {
      producer
          .send(
              cluster.record(
                  Topics.CHECKPOINTS, RunKey.of("run", manifest.getCheckpoint()), manifest))
          .get();
    }
  }

  private List<Command> commands() {
    List<Command> commands = new ArrayList<>();
    try (Consumer<String, byte[]> consumer = cluster.consumer("test")) {
      TopicReader.forEach(
          cluster, consumer, Topics.CONTROL, (record, command) -> commands.add(command));
    }
    return commands;
  }
}
