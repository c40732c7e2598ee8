package dev.rivulet.trainer.log;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;

/**
 * What a training thread hands to the thread that writes it into the log, in the order in which it
 * came: telemetry, which is gathered, and entries, each of which goes by itself.
 *
 * <p>What the writer fails with, the training thread gets at its next call. Calls that wait throw
 * {@link WakeupException} after {@link #wakeup}.
 */
final class LogQueue {
  private static final long RHYTHM_NANOS = Duration.ofMillis(100).toNanos();

  /** Items that wait to be written, at most; who hands over more telemetry waits. */
  static final int CAPACITY = 2_000;

  /** A record of telemetry, or an entry. */
  sealed interface Item {
    record Telemetry(ProducerRecord<String, byte[]> record) implements Item {}

    record Work<R>(LogEntry<R> entry, CompletableFuture<R> result) implements Item {}
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<Item> waiting = new ArrayDeque<>();
  private long handed;
  private long written;
  private int entries;
  private long lastWrite = System.nanoTime() - RHYTHM_NANOS;
  private boolean urgent;
  private boolean closed;
  private boolean woken;
  private long stoodNanos;
  private @Nullable Throwable failure;

  /** Hands over a record; waits while too many are waiting. */
  void add(ProducerRecord<String, byte[]> telemetry) {
    locked(
        () -> {
          awaitThat(() -> handed - written < CAPACITY);
          hand(new Item.Telemetry(telemetry));
        });
  }

  /** Hands over an entry. */
  <R> CompletableFuture<R> add(LogEntry<R> entry) {
    CompletableFuture<R> result = new CompletableFuture<>();
    locked(
        () -> {
          requireWell();
          entries++;
          hand(new Item.Work<>(entry, result));
        });
    return result;
  }

  private void hand(Item item) {
    waiting.add(item);
    handed++;
    changed.signalAll();
  }

  /** Waits until all that was handed over is in the log. */
  void flush() {
    locked(
        () -> {
          urgent = true;
          changed.signalAll();
          long all = handed;
          awaitThat(() -> written >= all);
        });
  }

  /** Waits until an entry is in the log. */
  void await(CompletableFuture<?> entry) {
    locked(() -> awaitThat(entry::isDone));
  }

  /**
   * Checks that the writer has not failed.
   *
   * @throws RuntimeException what it has failed with
   */
  void requireSound() {
    locked(this::requireWell);
  }

  private void requireWell() {
    if (failure instanceof RuntimeException e) {
      throw e;
    }
    if (failure instanceof Error e) {
      throw e;
    }
  }

  /** Returns the seconds that were waited for an entry since this was last asked. */
  double takeStoodSeconds() {
    lock.lock();
    try {
      double seconds = stoodNanos / 1e9;
      stoodNanos = 0;
      return seconds;
    } finally {
      lock.unlock();
    }
  }

  /** Makes all calls throw that wait, from now on; from any thread. */
  void wakeup() {
    locked(
        () -> {
          woken = true;
          changed.signalAll();
        });
  }

  /** Waits for a condition, which the lock guards; counts the time, when it is one with entries. */
  private void awaitThat(BooleanSupplier done) {
    long begin = System.nanoTime();
    boolean forEntry = entries > 0;
    try {
      while (true) {
        requireWell();
        if (done.getAsBoolean()) {
          return;
        }
        if (woken) {
          throw new WakeupException();
        }
        changed.await();
      }
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    } finally {
      stoodNanos += forEntry ? System.nanoTime() - begin : 0;
    }
  }

  /**
   * Waits for what the writer is to write next: an entry, or all telemetry before the next entry,
   * for which some time must have gone by unless somebody waits.
   *
   * @return items of one transaction; none when the queue is closed and empty
   */
  List<Item> take() throws InterruptedException {
    lock.lock();
    try {
      while (true) {
        long rest = RHYTHM_NANOS - (System.nanoTime() - lastWrite);
        if (waiting.isEmpty()) {
          urgent = false;
          if (closed) {
            return List.of();
          }
          changed.await();
        } else if (rest > 0 && !urgent && !closed && entries == 0) {
          changed.await(rest, TimeUnit.NANOSECONDS);
        } else {
          return waiting.element() instanceof Item.Work<?>
              ? List.of(waiting.remove())
              : takeTelemetry();
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private List<Item> takeTelemetry() {
    List<Item> next = new ArrayList<>();
    while (waiting.peek() instanceof Item.Telemetry) {
      next.add(waiting.remove());
    }
    return next;
  }

  /** Takes note that what {@link #take} returned is written. */
  void done(List<Item> items) {
    locked(
        () -> {
          lastWrite = System.nanoTime();
          written += items.size();
          entries -= items.get(0) instanceof Item.Work<?> ? 1 : 0;
          changed.signalAll();
        });
  }

  /** Gives up what waits, and lets all calls throw what the writer has failed with. */
  void fail(Throwable e) {
    locked(
        () -> {
          failure = e;
          waiting.clear();
          changed.signalAll();
        });
  }

  /** Lets the writer write what waits, and no more. */
  void close() {
    locked(
        () -> {
          closed = true;
          changed.signalAll();
        });
  }

  private void locked(Runnable action) {
    lock.lock();
    try {
      action.run();
    } finally {
      lock.unlock();
    }
  }
}
