package dev.rivulet.trainer.log;

import java.time.Duration;

/** Pauses between the attempts of one write: each is twice as long as the last, up to a limit. */
final class Backoff {
  private final Duration longest;
  private Duration next;

  Backoff(Duration first, Duration longest) {
    this.next = first;
    this.longest = longest;
  }

  /** Waits for the next pause. */
  void pause() throws InterruptedException {
    Thread.sleep(next.toMillis());
    Duration twice = next.multipliedBy(2);
    next = twice.compareTo(longest) < 0 ? twice : longest;
  }
}
