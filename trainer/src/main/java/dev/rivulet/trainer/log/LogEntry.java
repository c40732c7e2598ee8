package dev.rivulet.trainer.log;

import java.util.Optional;

/**
 * What goes into the log in one transaction. All methods are called on the log's thread.
 *
 * @param <R> what is known of it once it is written
 */
public interface LogEntry<R> {

  /** Returns what it is, for people. */
  String name();

  /** Returns how many bytes it may take. */
  long bytes();

  /** Writes it into an open transaction; again, into another one, when that one has failed. */
  R write(LogTransaction transaction);

  /**
   * Returns what the last {@link #write} came to when its transaction was committed after all;
   * looked up in the log, where the answer to the commit was lost. Empty when it was not committed.
   */
  Optional<R> committed();
}
