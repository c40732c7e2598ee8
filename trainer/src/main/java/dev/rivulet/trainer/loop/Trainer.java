package dev.rivulet.trainer.loop;

import dev.rivulet.schemas.failure.FencedException;
import dev.rivulet.schemas.record.Command;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topics;
import dev.rivulet.trainer.config.TrainerConfig;
import dev.rivulet.trainer.eval.Evaluator;
import dev.rivulet.trainer.log.Claim;
import dev.rivulet.trainer.log.LogRoom;
import dev.rivulet.trainer.log.RunLog;
import dev.rivulet.trainer.stream.BatchStream;
import dev.rivulet.trainer.stream.LiveTail;
import dev.rivulet.trainer.tensor.Kernels;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.errors.WakeupException;

/**
 * A trainer of one run. It consumes batches, publishes steps, spectra and checkpoints, and obeys
 * decisions and commands. Topics are its only connection to the rest of the pipeline.
 *
 * <p>A run that has checkpoints resumes from its newest sound one, with the same position, weights,
 * moments and counters. Its result is bit-identical to that of a run that was never interrupted, on
 * the same build, hardware and number of threads. A run that has finished stays as it is.
 *
 * <pre>{@code
 * try (Trainer trainer = new Trainer(cluster, config)) {
 *   Trainer.Outcome outcome = trainer.run();
 * }
 * }</pre>
 */
public final class Trainer implements AutoCloseable {

  /**
   * How a run ended.
   *
   * @param step steps taken
   * @param checkpoint the newest checkpoint
   * @param finished whether all steps were taken or the stream of batches has ended; a run that was
   *     stopped can be resumed
   */
  public record Outcome(long step, String checkpoint, boolean finished) {}

  private final KafkaCluster cluster;
  private final TrainerConfig config;
  private final LogRoom room;
  private final List<Runnable> wakeups = new ArrayList<>();
  private volatile boolean closing;

  public Trainer(KafkaCluster cluster, TrainerConfig config) {
    this(cluster, config, LogRoom.ELSEWHERE);
  }

  /**
   * Makes a trainer.
   *
   * @param room disk space for what it writes; the trainer waits while there is too little
   */
  public Trainer(KafkaCluster cluster, TrainerConfig config, LogRoom room) {
    this.cluster = cluster;
    this.config = config;
    this.room = room;
  }

  /**
   * Trains until the run is over or {@link #close} is called. The calling thread does the work.
   *
   * @throws FencedException when another trainer has taken over the run
   * @throws IllegalStateException when the run exists with another configuration or base model, or
   *     retention has deleted the batches at its position
   * @throws IllegalArgumentException when the model directory is not what the configuration says
   * @throws StoppedException when closed meanwhile; a later trainer resumes the run from its newest
   *     checkpoint
   */
  public Outcome run() {
    String group = "trainer-" + config.run();
    try (Kernels kernels = config.engine().load();
        BatchStream batches = new BatchStream(cluster, Topics.BATCHES, config.stream(), group);
        RunLog log =
            RunLog.open(
                cluster,
                config.run(),
                new Claim(cluster, batches.group(), batches.position()),
                room);
        Decisions decisions =
            new Decisions(log, config.method().rankPolicy(), config.decisionTimeout());
        LiveTail<Command> control = new LiveTail<>(cluster, Topics.CONTROL, config.run());
        Evaluator evaluator =
            new Evaluator(cluster, config.stream(), config.model().labels().size(), group)) {
      onClose(log::wakeup, decisions::wakeup, control::wakeup, batches::wakeup, evaluator::wakeup);
      log.onFailure(this::wakeAll);
      StepClock clock = new StepClock();
      try (TrainingRun run =
          TrainingRun.open(config, kernels, log, batches, evaluator, decisions, clock)) {
        Commands commands = new Commands(control, run, log);
        return new TrainingLoop(config, kernels, log, batches, decisions, run, commands, clock)
            .run();
      } catch (WakeupException e) {
        log.rethrowFailure();
        throw e;
      }
    } catch (WakeupException e) {
      throw new StoppedException(config.run(), e);
    } finally {
      forgetWakeups();
    }
  }

  private synchronized void onClose(Runnable... actions) {
    wakeups.addAll(List.of(actions));
    if (closing) {
      wakeups.forEach(Runnable::run);
    }
  }

  private synchronized void forgetWakeups() {
    wakeups.clear();
  }

  private synchronized void wakeAll() {
    wakeups.forEach(Runnable::run);
  }

  /** Makes a running {@link #run} stop before its next step. From any thread. */
  @Override
  public synchronized void close() {
    closing = true;
    wakeAll();
  }
}
