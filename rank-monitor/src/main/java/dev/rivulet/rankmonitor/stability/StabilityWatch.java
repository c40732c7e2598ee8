package dev.rivulet.rankmonitor.stability;

import dev.rivulet.rankmonitor.stability.Verdict.Level;
import dev.rivulet.rankmonitor.state.Hit;
import dev.rivulet.rankmonitor.state.RunState;
import dev.rivulet.schemas.record.Action;
import dev.rivulet.schemas.record.Command;
import dev.rivulet.schemas.record.Step;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The watch over a run's stability: it takes the run's steps one by one, and orders a rollback when
 * a rule asks for one.
 *
 * <p>It is a pure function of the run's state and the next step; no clock is read. So the same log
 * gives the same commands, and a run that was killed and resumed gives the same as one that was
 * not: the first step of a newer epoch undoes what the older ones recorded from that step on. One
 * epoch gives rise to one command at most; a rollback that a killed run did not come to is ordered
 * again, and counts once. A checkpoint is stable, that is worth rolling back to, once a set number
 * of steps after it have passed without an alarm.
 */
public final class StabilityWatch {
  private final StabilityConfig config;

  public StabilityWatch(StabilityConfig config) {
    this.config = config;
  }

  /**
   * What a step led to.
   *
   * @param state the run's state from here on
   * @param command an order to the run, if any
   * @param alert a line for people, once at the beginning of each series of alarms
   */
  public record Outcome(RunState state, @Nullable Command command, @Nullable String alert) {}

  /** One rule's verdict. */
  private record Finding(StabilityRule rule, Verdict verdict) {}

  /**
   * Returns what a step leads to.
   *
   * @param before the run's state; null before its first step
   */
  public Outcome observe(@Nullable RunState before, Step step) {
    RunHistory history = before == null ? RunHistory.empty(step.getEpoch()) : RunHistory.of(before);
    if (step.getEpoch() > history.epoch()) {
      history.open(step.getEpoch(), step.getStep());
    }
    if (step.getEpoch() < history.epoch() || history.isClosed()) {
      return new Outcome(history.toState(), null, null);
    }
    history.noteCheckpoint(step);
    Finding worst = worst(history, step);
    Verdict verdict = worst.verdict();
    String alert =
        verdict.level() == Level.CALM || history.continuesAlarm(step.getStep())
            ? null
            : verdict.reason();
    note(history, step, verdict);
    Command command =
        verdict.level() == Level.ACT ? command(history, step, worst.rule(), verdict) : null;
    return new Outcome(history.toState(), command, alert);
  }

  private Finding worst(RunHistory history, Step step) {
    Finding worst = new Finding(config.nonFinite(), Verdict.CALM);
    for (StabilityRule rule : config.rules()) {
      Verdict verdict = rule.judge(history, step);
      if (verdict.level().compareTo(worst.verdict().level()) > 0) {
        worst = new Finding(rule, verdict);
      }
    }
    return worst;
  }

  private static void note(RunHistory history, Step step, Verdict verdict) {
    if (verdict.level() != Level.CALM) {
      history.noteAlarm(step.getStep());
    }
    if (verdict.hits() > 0) {
      history.noteHit(step);
    } else {
      history.endHits();
      history.noteLoss(step);
    }
  }

  private Command command(RunHistory history, Step step, StabilityRule rule, Verdict verdict) {
    List<Hit> hits = List.copyOf(history.newestHits(verdict.hits()));
    int done = history.rollbacksBefore(hits);
    boolean rollback = done < config.maxRollbacks();
    String target =
        history.newestStableCheckpoint(step.getStep(), config.stableAfter()).orElse(null);
    if (rollback) {
      history.rollBack(hits);
    } else {
      history.stop();
    }
    String consequence =
        rollback
            ? "rollback %d of %d, to %s"
                .formatted(done + 1, config.maxRollbacks(), target == null ? "the first" : target)
            : "stop: %d rollbacks did not help".formatted(done);
    return new Command(
        step.getRun(),
        step.getEpoch(),
        rollback ? Action.ROLLBACK : Action.STOP,
        step.getStep(),
        rollback ? target : null,
        rollback ? SkipRanges.covering(hits) : List.of(),
        rollback && done > 0 ? config.learningRateScale() : 1.0,
        verdict.reason() + "; " + consequence,
        "monitor/" + rule.name(),
        step.getTimestamp());
  }
}
