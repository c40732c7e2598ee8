package dev.rivulet.trainer.log;

import java.time.Duration;

/**
 * How long the log's thread waits between attempts.
 *
 * @param firstRetry after a write has failed for the first time; each further pause doubles
 * @param longestRetry limit of the pauses between attempts of a write
 * @param claimCheck between two looks at the claim, after this trainer was fenced
 * @param roomCheck between two looks at a full disk
 */
record Pauses(Duration firstRetry, Duration longestRetry, Duration claimCheck, Duration roomCheck) {

  static final Pauses DEFAULTS =
      new Pauses(
          Duration.ofMillis(100),
          Duration.ofSeconds(10),
          Duration.ofMillis(200),
          Duration.ofSeconds(1));

  Backoff backoff() {
    return new Backoff(firstRetry, longestRetry);
  }
}
