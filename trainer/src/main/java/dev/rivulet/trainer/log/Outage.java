package dev.rivulet.trainer.log;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A time in which the log takes no writes. It is logged once when it starts and once when it ends.
 *
 * <p>Thread-safe.
 */
final class Outage {
  private static final Logger LOG = LoggerFactory.getLogger(Outage.class);

  private @Nullable String current;
  private @Nullable String unread;
  private long startNanos;

  /** Starts an outage, unless one is in progress. */
  synchronized void begin(String reason) {
    if (current == null) {
      current = reason;
      unread = reason;
      startNanos = System.nanoTime();
      LOG.warn("{}; training continues until the next checkpoint and waits there", reason);
    }
  }

  /** Ends the outage, if one is in progress. */
  synchronized void end() {
    if (current != null) {
      LOG.info(
          "the log takes writes again, after {} s",
          (System.nanoTime() - startNanos) / 1_000_000_000);
      current = null;
    }
  }

  /** Returns whether an outage is in progress. */
  synchronized boolean isOn() {
    return current != null;
  }

  /** Returns the reason of the newest outage; once for each outage. */
  synchronized Optional<String> takeReason() {
    Optional<String> taken = Optional.ofNullable(unread);
    unread = null;
    return taken;
  }
}
