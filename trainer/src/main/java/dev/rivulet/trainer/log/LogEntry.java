package dev.rivulet.trainer.log;

import java.util.Optional;

/**
 * The content of one transaction of the log. All methods are called on the log's thread.
 *
 * @param <R> result of the write
 */
public interface LogEntry<R> {

  /** Returns a name for messages, such as {@code checkpoint 0-000010}. */
  String name();

  /** Returns an upper bound of its size in the log, in bytes. */
  long bytes();

  /** Writes it into an open transaction. Called again, with a new one, when that one has failed. */
  R write(LogTransaction transaction);

  /**
   * Looks up in the log whether the transaction of the last {@link #write} was committed. Called
   * when the answer to the commit was lost.
   *
   * @return the result of that write; empty when it was not committed
   */
  Optional<R> committed();
}
