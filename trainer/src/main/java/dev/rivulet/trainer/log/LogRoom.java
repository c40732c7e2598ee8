package dev.rivulet.trainer.log;

import java.util.Optional;

/**
 * The disk space for a run's log, where this process knows the disk: that of an embedded broker,
 * which ends the whole process when its disk is full.
 */
@FunctionalInterface
public interface LogRoom {
  /** For a log on other machines: its brokers watch their own disks. */
  LogRoom ELSEWHERE = bytes -> Optional.empty();

  /**
   * Returns why a number of bytes cannot be written, for people: where, how much space is missing,
   * what to do. Empty when they fit. Called from any thread.
   */
  Optional<String> shortfall(long bytes);
}
