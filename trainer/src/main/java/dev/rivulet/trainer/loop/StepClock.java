package dev.rivulet.trainer.loop;

import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The clocks of the step loop. A step begins with the wait for its first batch and ends when its
 * update is applied; evaluations and commands are not part of it.
 *
 * <p>Not thread-safe.
 */
final class StepClock {

  /**
   * The times of a step.
   *
   * @param totalSeconds all of the step, waits included
   * @param waitSeconds the part of it in waits for batches and rank decisions
   * @param stallSeconds time without training because of checkpoints, since the step before
   */
  record Times(double totalSeconds, double waitSeconds, double stallSeconds) {}

  private final LongSupplier nanoTime;
  private long idle;
  private long stall;
  private long begin;
  private long batchesRead;

  StepClock() {
    this(System::nanoTime);
  }

  /**
   * Makes a clock.
   *
   * @param nanoTime time in nanoseconds, from any origin
   */
  StepClock(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Measures a wait for a batch between two steps. It counts for the next step. */
  boolean idle(BooleanSupplier wait) {
    long from = nanoTime.getAsLong();
    boolean result = wait.getAsBoolean();
    idle += nanoTime.getAsLong() - from;
    return result;
  }

  /** Measures work that a checkpoint adds between two steps. */
  <T> T stall(Supplier<T> work) {
    long from = nanoTime.getAsLong();
    T result = work.get();
    stall += nanoTime.getAsLong() - from;
    return result;
  }

  /** Starts a step. */
  void start() {
    begin = nanoTime.getAsLong() - idle;
    batchesRead = begin;
    idle = 0;
  }

  /** Ends the started step's wait for its batches. */
  void batchesRead() {
    batchesRead = nanoTime.getAsLong();
  }

  /**
   * Ends the started step.
   *
   * @param decisionSeconds time of the step in waits for rank decisions
   * @param logSeconds time in waits for the log to commit a checkpoint, since the step before
   */
  Times end(double decisionSeconds, double logSeconds) {
    Times times =
        new Times(
            (nanoTime.getAsLong() - begin) / 1e9,
            (batchesRead - begin) / 1e9 + decisionSeconds,
            stall / 1e9 + logSeconds);
    stall = 0;
    return times;
  }
}
