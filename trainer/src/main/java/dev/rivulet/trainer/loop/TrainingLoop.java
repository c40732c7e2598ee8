package dev.rivulet.trainer.loop;

import dev.rivulet.schemas.record.Batch;
import dev.rivulet.schemas.record.Cause;
import dev.rivulet.schemas.record.Manifest;
import dev.rivulet.schemas.topic.Topics;
import dev.rivulet.trainer.config.TrainerConfig;
import dev.rivulet.trainer.log.RunLog;
import dev.rivulet.trainer.method.StepResult;
import dev.rivulet.trainer.model.TokenBatches;
import dev.rivulet.trainer.stream.BatchStream;
import dev.rivulet.trainer.tensor.Kernels;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The step loop of an open run: read batches, take a step, report it; evaluate and checkpoint. */
final class TrainingLoop {
  private static final Logger LOG = LoggerFactory.getLogger(TrainingLoop.class);

  private final TrainerConfig config;
  private final Kernels kernels;
  private final RunLog log;
  private final BatchStream batches;
  private final Decisions decisions;
  private final TrainingRun run;
  private final Commands commands;
  private final StepClock clock;
  private final LearningRate learningRate;

  TrainingLoop(
      TrainerConfig config,
      Kernels kernels,
      RunLog log,
      BatchStream batches,
      Decisions decisions,
      TrainingRun run,
      Commands commands,
      StepClock clock) {
    this.config = config;
    this.kernels = kernels;
    this.log = log;
    this.batches = batches;
    this.decisions = decisions;
    this.run = run;
    this.commands = commands;
    this.clock = clock;
    learningRate =
        new LearningRate(config.optimization().learningRate(), config.optimization().steps());
  }

  /** Takes steps until the run is over or a command stops it. */
  Trainer.Outcome run() {
    while (!run.isFinished() && !commands.stopped()) {
      commands.obey(Duration.ZERO);
      if (!commands.stopped() && hasBatch()) {
        takeStep();
      }
    }
    Manifest last = run.settle();
    return new Trainer.Outcome(run.position().step(), last.getCheckpoint(), !commands.stopped());
  }

  /** Waits for a batch, but only briefly, so that commands are obeyed in between. */
  private boolean hasBatch() {
    boolean available = clock.idle(batches::awaitNext);
    if (!available) {
      log.rethrowFailure();
    }
    return available;
  }

  private void takeStep() {
    clock.start();
    List<BatchStream.Read> reads = batches.next(config.optimization().accumulate());
    clock.batchesRead();
    if (reads.isEmpty()) {
      LOG.info("stream {} ends after {} steps", config.stream(), run.position().step());
      run.commit(Cause.FINISH);
      return;
    }
    TakenStep taken = train(reads);
    run.advance(taken.result());
    StepClock.Times times = clock.end(taken.decisionSeconds(), log.takeStallSeconds());
    report(taken, times, isDue(config.cadence().evaluateEvery()) ? run.evaluate() : Map.of());
    if (taken.result().applied() || !rolledBackOnVerdict()) {
      commitIfDue();
    }
  }

  private TakenStep train(List<BatchStream.Read> reads) {
    run.fit(reads.get(0).batch());
    long step = run.position().step() + 1;
    double rate = learningRate.at(step) * run.position().learningRateScale();
    List<Batch> inputs = reads.stream().map(BatchStream.Read::batch).toList();
    try (TokenBatches batch = TokenBatches.of(kernels, inputs)) {
      long tokens = batch.tokens();
      StepResult result = run.live().method().step(batch.all(), step, rate, decisions);
      return new TakenStep(reads, tokens, rate, result);
    }
  }

  private void report(TakenStep taken, StepClock.Times times, Map<String, Double> metrics) {
    StepReport report = new StepReport(config, run.live(), run.newest(), log.takeOutage());
    log.publish(Topics.STEPS, config.run(), report.of(run.position(), taken, times, metrics));
  }

  /** Returns whether something that is done every so many steps, and after the last, is due now. */
  private boolean isDue(long interval) {
    return isLast() || run.position().step() % interval == 0;
  }

  private boolean isLast() {
    return run.position().step() == config.optimization().steps();
  }

  private void commitIfDue() {
    if (isDue(config.cadence().checkpointEvery())) {
      run.commit(isLast() ? Cause.FINISH : Cause.INTERVAL);
    }
  }

  /**
   * Waits for the monitor's verdict on a withheld update, and returns whether it has rolled the run
   * back. Without a verdict training continues after the batch.
   */
  private boolean rolledBackOnVerdict() {
    log.flush();
    boolean rolledBack = commands.awaitRollback(config.decisionTimeout());
    if (!rolledBack) {
      LOG.warn(
          "step {}: no rollback of the withheld update; its batch is skipped",
          run.position().step());
    }
    return rolledBack;
  }
}
