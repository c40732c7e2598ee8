package dev.rivulet.trainer.log;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A time in which the log takes no writes: told once when it begins, and when it is over. */
final class Outage {
  private static final Logger LOG = LoggerFactory.getLogger(Outage.class);

  private @Nullable String what;
  private @Nullable String note;
  private long begin;

  /** Begins an outage, unless there is one. */
  synchronized void begin(String reason) {
    if (what == null) {
      what = reason;
      note = reason;
      begin = System.nanoTime();
      LOG.warn("{}; training goes on until the next checkpoint, and waits there", reason);
    }
  }

  /** Ends the outage, if there is one. */
  synchronized void end() {
    if (what != null) {
      LOG.info(
          "the log takes writes again, after {} s", (System.nanoTime() - begin) / 1_000_000_000);
      what = null;
    }
  }

  /** Returns whether the log takes no writes now. */
  synchronized boolean isOn() {
    return what != null;
  }

  /** Returns what the newest outage was about; once for each. */
  synchronized Optional<String> takeNote() {
    Optional<String> taken = Optional.ofNullable(note);
    note = null;
    return taken;
  }
}
