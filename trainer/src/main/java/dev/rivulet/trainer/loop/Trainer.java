package dev.rivulet.trainer.loop;

import dev.rivulet.schemas.record.Command;
import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topics;
import dev.rivulet.trainer.tensor.Kernels;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.errors.WakeupException;

/**
 * A trainer of one run: it consumes batches, publishes steps, spectra and checkpoints, and obeys
 * decisions and commands. It speaks to the rest of the pipeline through topics only.
 *
 * <p>A run that has checkpoints goes on from its newest sound one: position, weights, moments and
 * counters as they were, so that the result has the bits of a run that was never interrupted (same
 * build, hardware and threads). A run that has finished stays as it is.
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
   * @param finished whether all steps were taken, or the stream of batches was over; else it was
   *     stopped, and can go on
   */
  public record Outcome(long step, String checkpoint, boolean finished) {}

  private final KafkaCluster cluster;
  private final TrainerConfig config;
  private final List<Runnable> wakeups = new ArrayList<>();
  private volatile boolean closing;

  public Trainer(KafkaCluster cluster, TrainerConfig config) {
    this.cluster = cluster;
    this.config = config;
  }

  /**
   * Trains until the run is over or {@link #close} is called. The calling thread does the work.
   *
   * @throws FencedException when another trainer has taken over the run
   * @throws IllegalStateException when the run exists with another configuration or base model, or
   *     retention has deleted the batches where it goes on
   * @throws IllegalArgumentException when the model directory is not what the configuration says
   * @throws StoppedException when closed meanwhile; the run goes on from its newest checkpoint when
   *     it is started again
   */
  public Outcome run() {
    String group = "trainer-" + config.run();
    try (Kernels kernels = config.engine().load();
        RunLog log = new RunLog(cluster, config.run());
        Decisions decisions =
            new Decisions(log, config.method().rankPolicy(), config.decisionTimeout());
        LiveTail<Command> control = new LiveTail<>(cluster, Topics.CONTROL, config.run());
        BatchStream batches = new BatchStream(cluster, Topics.BATCHES, config.stream(), group);
        Evaluator evaluator =
            new Evaluator(cluster, config.stream(), config.labels().size(), group)) {
      onClose(decisions::wakeup, control::wakeup, batches::wakeup, evaluator::wakeup);
      return new TrainingLoop(config, kernels, log, decisions, control, batches, evaluator).run();
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

  /** Asks a running {@link #run} to stop: it does so before its next step. From any thread. */
  @Override
  public synchronized void close() {
    closing = true;
    wakeups.forEach(Runnable::run);
  }
}
