package dev.rivulet.trainer.loop;

import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.Command;
import dev.rivulet.trainer.log.RunLog;
import dev.rivulet.trainer.stream.LiveTail;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The commands to a run. They are carried out between two steps, in order. A command of another run
 * epoch is ignored: its sender did not know of the newest resume or rollback.
 *
 * <p>Belongs to the training thread.
 */
final class Commands {
  private static final Logger LOG = LoggerFactory.getLogger(Commands.class);

  private static final Duration PAUSE_POLL = Duration.ofMillis(500);
  private static final Duration VERDICT_POLL = Duration.ofMillis(100);

  private final LiveTail<Command> control;
  private final TrainingRun run;
  private final RunLog log;
  private boolean paused;
  private boolean stopped;

  Commands(LiveTail<Command> control, TrainingRun run, RunLog log) {
    this.control = control;
    this.run = run;
    this.log = log;
  }

  /** Returns whether a command has stopped the run. */
  boolean stopped() {
    return stopped;
  }

  /**
   * Carries out what has arrived, and returns when the run is not paused.
   *
   * @param wait for a first command, at most
   */
  void obey(Duration wait) {
    carryOut(control.poll(wait));
    while (paused && !stopped) {
      log.rethrowFailure();
      carryOut(control.poll(PAUSE_POLL));
    }
  }

  /**
   * Carries out commands until one rolls the run back, and returns whether one has.
   *
   * @param timeout longest wait
   */
  boolean awaitRollback(Duration timeout) {
    int epoch = run.position().epoch();
    long deadline = System.nanoTime() + timeout.toNanos();
    while (run.position().epoch() == epoch && !stopped && System.nanoTime() < deadline) {
      obey(VERDICT_POLL);
    }
    return run.position().epoch() != epoch;
  }

  private void carryOut(List<Command> commands) {
    for (Command command : commands) {
      if (!stopped
          && command.getRun().equals(log.run())
          && command.getEpoch() == run.position().epoch()) {
        carryOut(command);
      }
    }
  }

  private void carryOut(Command command) {
    LOG.info("{}: {} ({})", command.getAction(), command.getReason(), command.getIssuer());
    switch (command.getAction()) {
      case PAUSE -> paused = true;
      case RESUME -> paused = false;
      case CHECKPOINT -> run.commit(Cause.COMMAND);
      case ROLLBACK -> {
        boolean rolledBack = run.rollBack(command);
        paused &= !rolledBack;
      }
      case STOP -> {
        run.commit(Cause.COMMAND);
        stopped = true;
      }
    }
  }
}
