package dev.rivulet.rankmonitor.stability;

import dev.rivulet.schemas.record.Step;

/** A rule that decides from a run's steps whether the run is unstable. The family is closed. */
sealed interface StabilityRule permits NonFinite, LossSpike {

  /** Returns whether the rule is switched on. */
  boolean enabled();

  /** Returns the name of the rule, as commands and configurations spell it. */
  String name();

  /** Returns what the rule says of a step that follows a run's history. */
  Verdict judge(RunHistory history, Step step);
}
