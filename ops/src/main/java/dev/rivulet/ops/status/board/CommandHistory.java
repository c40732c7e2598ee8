package dev.rivulet.ops.status.board;

import dev.rivulet.schemas.record.Action;
import dev.rivulet.schemas.record.Command;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The newest commands to a run, and the command in force. */
final class CommandHistory {
  private final Recent<CommandView> commands = new Recent<>();
  private final Set<Integer> rolledBackEpochs = new TreeSet<>();
  private @Nullable Action inForce;
  private int inForceEpoch = -1;

  void apply(Command command) {
    commands.add(CommandView.of(command));
    if (command.getAction() == Action.ROLLBACK) {
      rolledBackEpochs.add(command.getEpoch());
    }
    if (command.getAction() != Action.CHECKPOINT && command.getEpoch() >= inForceEpoch) {
      inForce = command.getAction();
      inForceEpoch = command.getEpoch();
    }
  }

  /** Returns whether the newest command to an epoch has an action. */
  boolean inForce(Action action, int epoch) {
    return inForce == action && inForceEpoch == epoch;
  }

  /** Returns the number of epochs with an order to roll back; an epoch rolls back at most once. */
  long rollbacks() {
    return rolledBackEpochs.size();
  }

  List<CommandView> views() {
    return commands.values();
  }
}
