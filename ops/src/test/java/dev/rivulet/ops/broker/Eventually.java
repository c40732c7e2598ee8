package dev.rivulet.ops.broker;

import java.time.Duration;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * A wait for what readers of committed records come to see: a commit returns when it is decided,
 * and the brokers tell their partitions a moment later.
 */
public final class Eventually {
  private static final Duration LONGEST = Duration.ofSeconds(30);

  private Eventually() {}

  /** Reads until what is read is wanted, or time is up, and returns what was read last. */
  public static <T> T read(Supplier<T> reader, Predicate<T> wanted) {
    long deadline = System.nanoTime() + LONGEST.toNanos();
    T found = reader.get();
    while (!wanted.test(found) && System.nanoTime() < deadline) {
      Thread.onSpinWait();
      found = reader.get();
    }
    return found;
  }
}
