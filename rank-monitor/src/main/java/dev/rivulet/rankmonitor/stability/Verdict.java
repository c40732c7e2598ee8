package dev.rivulet.rankmonitor.stability;

/**
 * What a stability rule says of one step.
 *
 * @param level how bad it is
 * @param reason why, in words and figures; empty when calm
 * @param hits length of the series of hits that ends with this step; 0 when it is none
 */
record Verdict(Level level, String reason, int hits) {

  /** How bad a step is, from best to worst. */
  enum Level {
    /** Nothing to say. */
    CALM,
    /** Beyond the alert threshold: an alert is raised. */
    ALERT,
    /** Beyond the act threshold, but not yet often enough in a row. */
    HIT,
    /** The rule asks for a rollback. */
    ACT
  }

  static final Verdict CALM = new Verdict(Level.CALM, "", 0);
}
