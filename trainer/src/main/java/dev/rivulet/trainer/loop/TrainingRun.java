package dev.rivulet.trainer.loop;

import dev.rivulet.schemas.failure.RivuletException;
import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.Command;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.SkipRange;
import dev.rivulet.trainer.checkpoint.Committer;
import dev.rivulet.trainer.checkpoint.LiveModel;
import dev.rivulet.trainer.checkpoint.ManifestDraft;
import dev.rivulet.trainer.checkpoint.ModelFactory;
import dev.rivulet.trainer.checkpoint.RunModel;
import dev.rivulet.trainer.checkpoint.RunPosition;
import dev.rivulet.trainer.config.TrainerConfig;
import dev.rivulet.trainer.eval.Evaluator;
import dev.rivulet.trainer.log.RunLog;
import dev.rivulet.trainer.method.Snapshot;
import dev.rivulet.trainer.method.StepResult;
import dev.rivulet.trainer.stream.BatchStream;
import dev.rivulet.trainer.tensor.Kernels;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A run in training: its model, its position, its checkpoints, and the moves between them: start,
 * resume, commit and rollback.
 *
 * <p>Belongs to the training thread.
 */
final class TrainingRun implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TrainingRun.class);

  private final TrainerConfig config;
  private final RunLog log;
  private final BatchStream batches;
  private final Evaluator evaluator;
  private final Decisions decisions;
  private final StepClock clock;
  private final Committer committer;
  private final RunModel model;
  private final AppliedRanks appliedRanks = new AppliedRanks();
  private RunPosition position;
  private double loss = Double.NaN;
  private Map<String, Double> evaluation = Map.of();

  private TrainingRun(
      TrainerConfig config,
      RunLog log,
      BatchStream batches,
      Evaluator evaluator,
      Decisions decisions,
      StepClock clock,
      Committer committer,
      RunModel model) {
    this.config = config;
    this.log = log;
    this.batches = batches;
    this.evaluator = evaluator;
    this.decisions = decisions;
    this.clock = clock;
    this.committer = committer;
    this.model = model;
    position = RunPosition.start(batches.position());
  }

  /**
   * Opens a run: starts it, or resumes it from its newest sound checkpoint. A run that has finished
   * is left as it is, unless a rollback was ordered since.
   */
  static TrainingRun open(
      TrainerConfig config,
      Kernels kernels,
      RunLog log,
      BatchStream batches,
      Evaluator evaluator,
      Decisions decisions,
      StepClock clock) {
    Committer committer = new Committer(log);
    Optional<Manifest> head = committer.settle();
    RunModel model = new RunModel(log.cluster(), new ModelFactory(kernels, config, head));
    try {
      TrainingRun run =
          new TrainingRun(config, log, batches, evaluator, decisions, clock, committer, model);
      head.ifPresentOrElse(run::resume, run::start);
      return run;
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  private void start() {
    evaluator.load(batches::awaitNext);
    evaluate();
    commit(Optional.empty(), Cause.START, evaluation);
  }

  private void resume(Manifest head) {
    ManifestDraft.requireSame(head, config, live().model().baseSha256());
    Optional<Command> order = StandingOrder.rollback(log.cluster(), config.run(), head.getEpoch());
    position = RunPosition.at(head);
    if (isFinished() && order.isEmpty()) {
      return;
    }
    evaluator.load(() -> true);
    evaluation = ManifestDraft.evaluation(head);
    boolean rolledBack = order.isPresent() && rollBack(order.get());
    if (!rolledBack && !isFinished()) {
      Manifest sound = model.restore(committer.checkpoints(), head);
      LOG.info("run {} resumes from checkpoint {}", config.run(), sound.getCheckpoint());
      reopen(sound, head.getSkips(), head.getLearningRateScale(), Cause.RESUME);
    }
  }

  /** Opens a new run epoch at a checkpoint that has just been restored. */
  private void reopen(
      Manifest target, List<SkipRange> skips, double learningRateScale, Cause cause) {
    int epoch = committer.checkpoints().nextEpoch();
    Manifest draft =
        Manifest.newBuilder(target)
            .setEpoch(epoch)
            .setSkips(skips)
            .setLearningRateScale(learningRateScale)
            .build();
    Manifest reopened = committer.reopen(draft, target, cause);
    appliedRanks.take();
    batches.seek(reopened.getOffsets(), skips);
    decisions.enterEpoch(epoch);
    position = RunPosition.at(reopened);
  }

  /** Returns the model in training. Another one after a rollback. */
  LiveModel live() {
    return model.live();
  }

  /** Returns the position after the newest step. */
  RunPosition position() {
    return position;
  }

  /** Returns the newest checkpoint. It may still be on its way into the log. */
  Manifest newest() {
    return committer.newest();
  }

  /** Returns whether the run is over: its last checkpoint says so. */
  boolean isFinished() {
    return newest().getCause() == Cause.FINISH;
  }

  /**
   * Sets what the forward pass keeps, which the first batch decides if the configuration does not.
   */
  void fit(Batch first) {
    model.fit(first);
  }

  /** Counts a step that the method has taken. */
  void advance(StepResult result) {
    position = position.next(batches.position());
    loss = result.loss();
    result.refresh().ifPresent(decided -> appliedRanks.add(position.step(), decided));
  }

  /** Evaluates the model, and returns its metrics. */
  Map<String, Double> evaluate() {
    evaluation = evaluator.evaluate(live().model());
    return evaluation;
  }

  /** Commits a checkpoint, unless the newest one is of this step already. */
  void commit(Cause cause) {
    if (newest().getStep() < position.step()) {
      Map<String, Double> metrics = new HashMap<>(evaluation);
      metrics.put("loss", loss);
      commit(committer.settle(), cause, metrics);
    } else if (cause == Cause.FINISH) {
      committer.restate(cause);
    }
  }

  /** Hands a checkpoint to the log. Training stalls while the snapshot is copied. */
  private void commit(Optional<Manifest> parent, Cause cause, Map<String, Double> metrics) {
    Snapshot snapshot = clock.stall(live().method()::snapshot);
    position = position.withOffsets(batches.position());
    committer.commit(
        new ManifestDraft(config, live()).of(parent, cause, position, metrics, appliedRanks.take()),
        snapshot);
  }

  /** Waits until the newest checkpoint and all records before it are in the log, and returns it. */
  Manifest settle() {
    Manifest last = committer.settle().orElseThrow();
    log.flush();
    return last;
  }

  /**
   * Rolls the run back as a command says.
   *
   * @return false when the run does not have the checkpoint that the command names; the run is then
   *     unchanged
   */
  boolean rollBack(Command command) {
    Manifest newest = committer.settle().orElseThrow();
    Manifest target;
    try {
      target = committer.checkpoints().get(command.getCheckpoint());
      List<Manifest> unusedLineage = committer.checkpoints().lineage(target);
    } catch (RivuletException e) {
      LOG.error("rollback by {} is not possible: {}", command.getIssuer(), e.getMessage());
      return false;
    }
    model.reload();
    Manifest sound = model.restore(committer.checkpoints(), target);
    List<SkipRange> skips = new ArrayList<>(newest.getSkips());
    skips.addAll(command.getSkip());
    evaluation = ManifestDraft.evaluation(sound);
    reopen(
        sound,
        skips,
        newest.getLearningRateScale() * command.getLearningRateScale(),
        Cause.ROLLBACK);
    return true;
  }

  @Override
  public void close() {
    model.close();
  }
}
