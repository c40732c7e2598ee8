package dev.rivulet.trainer.log;

import java.util.Optional;

/**
 * The room for a run's log, where the disk that it lies on is known: that of an embedded broker,
 * which takes the whole process down with it when its disk is full.
 */
@FunctionalInterface
public interface LogRoom {
  /** The log lies elsewhere: its brokers see to their disks. */
  LogRoom ELSEWHERE = bytes -> Optional.empty();

  /**
   * Returns what is in the way of writing some bytes, for people: where, how much is missing, what
   * to do. Empty when they fit. Called from any thread.
   */
  Optional<String> lack(long bytes);
}
