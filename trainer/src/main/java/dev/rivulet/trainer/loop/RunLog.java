package dev.rivulet.trainer.loop;

import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topic;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
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
 * The one way from a trainer into the log. A thread of its own has the run's producer; the training
 * thread hands it telemetry and entries, which are written in the order in which they came.
 *
 * <p>Telemetry is gathered and written in short transactions, at most ten a second. An entry has a
 * transaction to itself, and is written after the telemetry before it.
 *
 * <p>What the log's thread fails with, {@link FencedException} first of all, the training thread
 * gets at its next call. Calls that wait throw {@link WakeupException} after {@link #wakeup}.
 */
final class RunLog implements AutoCloseable {
  private static final long RHYTHM_NANOS = Duration.ofMillis(100).toNanos();
  private static final Duration GRACE = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final long ROOM_POLL_MILLIS = 1_000;

  /** Records that wait to be written, at most; who publishes more waits. */
  static final int CAPACITY = 2_000;

  /** A record of telemetry, or an entry. */
  private sealed interface Item {
    record Telemetry(ProducerRecord<String, byte[]> record) implements Item {}

    record Work<R>(LogEntry<R> entry, CompletableFuture<R> result) implements Item {}
  }

  private final KafkaCluster cluster;
  private final String run;
  private final LogRoom room;
  private final Outage outage = new Outage();
  private final RunProducer producer;
  private final Thread thread;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<Item> waiting = new ArrayDeque<>();
  private long handed;
  private long written;
  private int entries;
  private boolean urgent;
  private boolean closing;
  private boolean woken;
  private long stoodNanos;
  private @Nullable Throwable failure;
  private Runnable onFailure = () -> {};

  /**
   * Opens the log of a run, and fences whoever had it open.
   *
   * @param room for what is written
   * @throws org.apache.kafka.common.KafkaException when the cluster does not answer or refuses
   */
  RunLog(KafkaCluster cluster, String run, Claim claim, LogRoom room) {
    this.cluster = cluster;
    this.run = run;
    this.room = room;
    producer = new RunProducer(cluster, run, claim, outage);
    thread = new Thread(this::work, "log-" + run);
    thread.setDaemon(true);
    thread.start();
  }

  KafkaCluster cluster() {
    return cluster;
  }

  String run() {
    return run;
  }

  /** Says what to do when the log's thread fails, on that thread: such as to wake up the others. */
  void onFailure(Runnable action) {
    lock.lock();
    try {
      onFailure = action;
    } finally {
      lock.unlock();
    }
  }

  /** Hands over a record of telemetry; waits while too many are waiting. */
  <T> void publish(Topic<T> topic, String key, T value) {
    Item telemetry = new Item.Telemetry(cluster.record(topic, key, value));
    lock.lock();
    try {
      await(() -> handed - written < CAPACITY);
      hand(telemetry);
    } finally {
      lock.unlock();
    }
  }

  /** Waits until all that was handed over is in the log. */
  void flush() {
    lock.lock();
    try {
      urgent = true;
      changed.signalAll();
      long all = handed;
      await(() -> written >= all);
    } finally {
      lock.unlock();
    }
  }

  /** Hands over an entry. */
  <R> CompletableFuture<R> submit(LogEntry<R> entry) {
    CompletableFuture<R> result = new CompletableFuture<>();
    lock.lock();
    try {
      requireSound();
      entries++;
      hand(new Item.Work<>(entry, result));
    } finally {
      lock.unlock();
    }
    return result;
  }

  /** Waits until an entry is in the log, and returns what it came to. */
  <R> R await(CompletableFuture<R> entry) {
    lock.lock();
    try {
      await(entry::isDone);
    } finally {
      lock.unlock();
    }
    return entry.join();
  }

  /**
   * Checks that the log's thread is well.
   *
   * @throws RuntimeException what it has failed with
   */
  void requireSound() {
    lock.lock();
    try {
      if (failure instanceof RuntimeException e) {
        throw e;
      }
      if (failure instanceof Error e) {
        throw e;
      }
    } finally {
      lock.unlock();
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

  /** Returns why the log took no writes for a while, or does not now; once for each outage. */
  Optional<String> takeNote() {
    return outage.takeNote();
  }

  /** Makes all calls throw that wait, from now on; from any thread. */
  void wakeup() {
    lock.lock();
    try {
      woken = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void hand(Item item) {
    waiting.add(item);
    handed++;
    changed.signalAll();
  }

  /** Waits for a condition, which the lock guards; counts the time, when it is one with entries. */
  private void await(BooleanSupplier done) {
    long begin = System.nanoTime();
    boolean forEntry = entries > 0;
    try {
      while (true) {
        requireSound();
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

  private void work() {
    try {
      long lastWrite = System.nanoTime() - RHYTHM_NANOS;
      for (List<Item> next = take(lastWrite); !next.isEmpty(); next = take(lastWrite)) {
        if (next.get(0) instanceof Item.Work<?> work) {
          write(work);
        } else {
          write(new TelemetryEntry(next.stream().map(RunLog::telemetry).toList()));
        }
        lastWrite = System.nanoTime();
        done(next);
      }
    } catch (InterruptedException e) {
      fail(new IllegalStateException("the log of run %s was closed".formatted(run), e));
    } catch (RuntimeException | Error e) {
      fail(e);
    } finally {
      boolean unused = Thread.interrupted(); // which would cut the producer's end short
      producer.close();
    }
  }

  private static ProducerRecord<String, byte[]> telemetry(Item item) {
    return ((Item.Telemetry) item).record();
  }

  /** Waits for the next items of one transaction; none when the log is closed. */
  private List<Item> take(long lastWrite) throws InterruptedException {
    lock.lock();
    try {
      while (true) {
        long rest = RHYTHM_NANOS - (System.nanoTime() - lastWrite);
        if (waiting.isEmpty()) {
          urgent = false;
          if (closing) {
            return List.of();
          }
          changed.await();
        } else if (rest > 0 && !urgent && !closing && entries == 0) {
          changed.await(rest, TimeUnit.NANOSECONDS);
        } else {
          return waiting.element() instanceof Item.Work<?>
              ? List.of(waiting.remove())
              : telemetry();
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private List<Item> telemetry() {
    List<Item> next = new ArrayList<>();
    while (waiting.peek() instanceof Item.Telemetry) {
      next.add(waiting.remove());
    }
    return next;
  }

  private <R> void write(Item.Work<R> work) throws InterruptedException {
    work.result().complete(write(work.entry()));
  }

  private <R> R write(LogEntry<R> entry) throws InterruptedException {
    Optional<String> lack = room.lack(entry.bytes());
    while (lack.isPresent()) {
      outage.begin("%s is not written: %s".formatted(entry.name(), lack.get()));
      Thread.sleep(ROOM_POLL_MILLIS);
      lack = room.lack(entry.bytes());
    }
    return producer.write(entry);
  }

  private void done(List<Item> items) {
    lock.lock();
    try {
      written += items.size();
      entries -= items.get(0) instanceof Item.Work<?> ? 1 : 0;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void fail(Throwable e) {
    Runnable action;
    lock.lock();
    try {
      failure = e;
      waiting.clear();
      changed.signalAll();
      action = closing ? () -> {} : onFailure;
    } finally {
      lock.unlock();
    }
    action.run();
  }

  /**
   * Writes what was handed over, as far as the log takes writes, and closes it. What is not written
   * then is lost, and the run goes on before it.
   */
  @Override
  public void close() {
    lock.lock();
    try {
      closing = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    long deadline = System.nanoTime() + GRACE.toNanos();
    while (thread.isAlive() && System.nanoTime() < deadline && !outage.isOn() && !interrupted) {
      interrupted = !join(POLL);
    }
    thread.interrupt();
    interrupted |= !join(GRACE);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits for the end of the log's thread, and returns whether nobody interrupted that. */
  private boolean join(Duration patience) {
    try {
      thread.join(patience.toMillis());
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }
}
