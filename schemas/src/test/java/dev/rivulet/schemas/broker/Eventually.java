package dev.rivulet.schemas.broker;

import java.time.Duration;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Waits for the work of other threads and processes.
 *
 * <p>Readers of committed records need such a wait even after a commit has returned: the brokers
 * write the commit markers to the partitions a moment later.
 */
public final class Eventually {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Duration INTERVAL = Duration.ofMillis(20);

  /** A condition; it may throw anything, which fails the test. */
  @FunctionalInterface
  public interface Condition {
    /** Returns whether the condition holds now. */
    boolean holds() throws Exception;
  }

  private Eventually() {}

  /** Reads until the value is accepted or a minute has passed; returns the last value. */
  public static <T> T read(Supplier<T> reader, Predicate<T> accepted) {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    T found = reader.get();
    while (!accepted.test(found) && System.nanoTime() < deadline) {
      pause(INTERVAL);
      found = reader.get();
    }
    return found;
  }

  /**
   * Waits until a condition holds.
   *
   * @param what the condition in words, for the error
   * @throws AssertionError when it does not hold within a minute
   */
  public static void await(String what, Condition condition) {
    await(what, LIMIT, condition);
  }

  /**
   * Waits until a condition holds.
   *
   * @param what the condition in words, for the error
   * @throws AssertionError when it does not hold within the limit
   */
  public static void await(String what, Duration limit, Condition condition) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!holds(condition)) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not within %d s: %s".formatted(limit.toSeconds(), what));
      }
      pause(INTERVAL);
    }
  }

  /** Lets time pass where the length of an event is what the test sets up, such as an outage. */
  public static void pause(Duration time) {
    try {
      Thread.sleep(time.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  private static boolean holds(Condition condition) {
    try {
      return condition.holds();
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
