package dev.rivulet.trainer.loop;

import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.Command;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.record.SkipRange;
import dev.rivulet.schemas.topic.Topics;
import dev.rivulet.trainer.checkpoint.Committer;
import dev.rivulet.trainer.checkpoint.ManifestDraft;
import dev.rivulet.trainer.checkpoint.ModelFactory;
import dev.rivulet.trainer.checkpoint.RunModel;
import dev.rivulet.trainer.config.TrainerConfig;
import dev.rivulet.trainer.eval.Evaluator;
import dev.rivulet.trainer.log.RunLog;
import dev.rivulet.trainer.method.RankSource;
import dev.rivulet.trainer.method.Snapshot;
import dev.rivulet.trainer.method.StepResult;
import dev.rivulet.trainer.model.TokenBatches;
import dev.rivulet.trainer.stream.BatchStream;
import dev.rivulet.trainer.stream.LiveTail;
import dev.rivulet.trainer.tensor.Kernels;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The step loop of one run: batch, step, record; now and then an evaluation or a checkpoint; and
 * whatever a command asks.
 */
final class TrainingLoop {
  private static final Logger LOG = LoggerFactory.getLogger(TrainingLoop.class);

  private final TrainerConfig config;
  private final Kernels kernels;
  private final RunLog log;
  private final Committer committer;
  private final Decisions decisions;
  private final LiveTail<Command> control;
  private final BatchStream batches;
  private final Evaluator evaluator;
  private final LearningRate learningRate;
  private final AppliedRanks appliedRanks = new AppliedRanks();
  private final RunModel model;

  private long step;
  private boolean stopping;
  private long idleNanos;
  private double copySeconds;
  private double loss = Double.NaN;
  private Map<String, Double> metrics = Map.of();

  TrainingLoop(
      TrainerConfig config,
      Kernels kernels,
      RunLog log,
      Decisions decisions,
      LiveTail<Command> control,
      BatchStream batches,
      Evaluator evaluator) {
    this.config = config;
    this.kernels = kernels;
    this.log = log;
    this.committer = new Committer(log);
    this.decisions = decisions;
    this.control = control;
    this.batches = batches;
    this.evaluator = evaluator;
    learningRate =
        new LearningRate(
            config.learningRate(), config.warmupSteps(), config.steps(), config.schedule());
    Optional<Manifest> head = committer.settle();
    model = new RunModel(log.cluster(), new ModelFactory(kernels, config, head));
    head.ifPresentOrElse(this::resume, this::begin);
  }

  Trainer.Outcome run() {
    try {
      while (newest().getCause() != Cause.FINISH && !stopping) {
        obey(control.poll(Duration.ZERO));
        if (!stopping && hasBatch()) {
          takeStep();
        }
      }
      Manifest last = committer.settle().orElseThrow();
      log.flush();
      return new Trainer.Outcome(step, last.getCheckpoint(), !stopping);
    } finally {
      model.close();
    }
  }

  /** Waits a moment for a batch where there is none, so that commands are obeyed meanwhile. */
  private boolean hasBatch() {
    long begin = System.nanoTime();
    boolean there = batches.awaitNext();
    idleNanos += System.nanoTime() - begin;
    if (!there) {
      log.rethrowFailure();
    }
    return there;
  }

  private Manifest newest() {
    return committer.newest();
  }

  private void begin() {
    evaluator.load(batches::awaitNext);
    metrics = evaluator.evaluate(model.live().model());
    commit(Optional.empty(), Cause.START, metrics);
  }

  private void resume(Manifest head) {
    ManifestDraft.requireSame(head, config, model.live().model().baseSha256());
    Optional<Command> order = StandingOrder.rollback(log.cluster(), config.run(), head.getEpoch());
    step = head.getStep();
    if (head.getCause() == Cause.FINISH && order.isEmpty()) {
      return;
    }
    evaluator.load(() -> true);
    metrics = ManifestDraft.evaluation(head);
    boolean rolledBack = order.isPresent() && rollBack(order.get());
    if (rolledBack || head.getCause() == Cause.FINISH) {
      return;
    }
    Manifest sound = model.restore(committer.checkpoints(), head);
    LOG.info("run {} goes on from checkpoint {}", config.run(), sound.getCheckpoint());
    reopen(sound, head.getSkips(), head.getLearningRateScale(), Cause.RESUME);
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
    step = reopened.getStep();
  }

  private void takeStep() {
    long begin = System.nanoTime() - idleNanos;
    idleNanos = 0;
    List<BatchStream.Read> reads = batches.next(config.accumulate());
    double waited = (System.nanoTime() - begin) / 1e9;
    if (reads.isEmpty()) {
      LOG.info("stream {} is over after {} steps", config.stream(), step);
      commit(Cause.FINISH);
      return;
    }
    model.fit(reads.get(0).batch());
    double rate = learningRate.at(step + 1) * newest().getLearningRateScale();
    StepResult result;
    long tokens;
    List<Batch> inputs = reads.stream().map(BatchStream.Read::batch).toList();
    try (TokenBatches batch = TokenBatches.of(kernels, inputs)) {
      tokens = batch.tokens();
      result = model.live().method().step(batch.all(), step + 1, rate, decisions);
    }
    step++;
    loss = result.loss();
    result.refresh().ifPresent(decided -> appliedRanks.add(step, decided));
    waited += result.refresh().map(RankSource.Decided::waitSeconds).orElse(0.0);
    double seconds = (System.nanoTime() - begin) / 1e9;
    boolean last = step == config.steps();
    boolean evaluated = last || step % config.evaluateEvery() == 0;
    if (evaluated) {
      metrics = evaluator.evaluate(model.live().model());
    }
    log.publish(
        Topics.STEPS,
        config.run(),
        new StepReport(config, model.live(), newest(), takeStallSeconds(), log.takeOutage())
            .of(step, reads, result, rate, tokens, seconds, waited, evaluated ? metrics : null));
    if (!result.applied() && rolledBackOnVerdict()) {
      return;
    }
    if (last) {
      commit(Cause.FINISH);
    } else if (step % config.checkpointEvery() == 0) {
      commit(Cause.INTERVAL);
    }
  }

  /**
   * Waits for the monitor's word on a step that was withheld, and returns whether it has rolled the
   * run back. Without a word the run goes on, past the batch.
   */
  private boolean rolledBackOnVerdict() {
    log.flush();
    int epoch = newest().getEpoch();
    long deadline = System.nanoTime() + config.decisionTimeout().toNanos();
    while (newest().getEpoch() == epoch && !stopping && System.nanoTime() < deadline) {
      obey(control.poll(Duration.ofMillis(100)));
    }
    boolean rolledBack = newest().getEpoch() != epoch;
    if (!rolledBack) {
      LOG.warn("step {}: no rollback of the withheld update; its batch is passed over", step);
    }
    return rolledBack;
  }

  private void commit(Cause cause) {
    if (newest().getStep() < step) {
      commit(committer.settle(), cause, scores());
    } else if (cause == Cause.FINISH) {
      committer.restate(cause);
    }
  }

  /** Hands a checkpoint to the log: training stands still for the copy of what has changed. */
  private void commit(Optional<Manifest> parent, Cause cause, Map<String, Double> scores) {
    long begin = System.nanoTime();
    Snapshot snapshot = model.live().method().snapshot();
    copySeconds += (System.nanoTime() - begin) / 1e9;
    committer.commit(
        new ManifestDraft(config, model.live())
            .of(parent, cause, step, scores, batches.position(), appliedRanks.take()),
        snapshot);
  }

  /** Returns how long training stood still for checkpoints since this was last asked. */
  private double takeStallSeconds() {
    double seconds = copySeconds + log.takeStallSeconds();
    copySeconds = 0;
    return seconds;
  }

  /** Returns the newest evaluation, and the training loss. */
  private Map<String, Double> scores() {
    Map<String, Double> scores = new HashMap<>(metrics);
    scores.put("loss", loss);
    return scores;
  }

  /** Carries out the commands of this epoch. */
  private void obey(List<Command> commands) {
    List<Command> pending = new ArrayList<>(commands);
    boolean paused = false;
    while (!stopping && (paused || !pending.isEmpty())) {
      if (pending.isEmpty()) {
        log.rethrowFailure();
        pending.addAll(control.poll(Duration.ofMillis(500)));
        continue;
      }
      Command command = pending.remove(0);
      if (!command.getRun().equals(config.run()) || command.getEpoch() != newest().getEpoch()) {
        continue;
      }
      LOG.info("{}: {} ({})", command.getAction(), command.getReason(), command.getIssuer());
      switch (command.getAction()) {
        case PAUSE -> paused = true;
        case RESUME -> paused = false;
        case CHECKPOINT -> commit(Cause.COMMAND);
        case ROLLBACK -> {
          boolean rolledBack = rollBack(command);
          paused &= !rolledBack;
        }
        case STOP -> {
          commit(Cause.COMMAND);
          stopping = true;
        }
      }
    }
  }

  /**
   * Goes back as a command says, and returns whether the run has: not when it has no such
   * checkpoint.
   */
  private boolean rollBack(Command command) {
    Manifest newest = committer.settle().orElseThrow();
    Manifest target;
    try {
      target = committer.checkpoints().get(command.getCheckpoint());
      List<Manifest> unusedLineage = committer.checkpoints().lineage(target);
    } catch (IllegalArgumentException e) {
      LOG.error("rollback by {} is not possible: {}", command.getIssuer(), e.getMessage());
      return false;
    }
    model.reload();
    Manifest sound = model.restore(committer.checkpoints(), target);
    List<SkipRange> skips = new ArrayList<>(newest.getSkips());
    skips.addAll(command.getSkip());
    metrics = ManifestDraft.evaluation(sound);
    reopen(
        sound,
        skips,
        newest.getLearningRateScale() * command.getLearningRateScale(),
        Cause.ROLLBACK);
    return true;
  }
}
