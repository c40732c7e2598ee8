package dev.rivulet.trainer.log;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;

/**
 * The queue between a training thread and the thread that writes the log. It keeps the order.
 * Telemetry records are gathered into one transaction; each entry gets a transaction of its own.
 *
 * <p>Calls of the training thread throw the writer's failure, once it has failed. Calls that wait
 * throw {@link WakeupException} after {@link #wakeup}.
 */
final class LogQueue {
  /** Telemetry records that are not written yet, at most; more of them wait. */
  static final int CAPACITY = 2_000;

  /** Least time between two transactions of telemetry that nobody waits for. */
  private static final long INTERVAL_NANOS = Duration.ofMillis(100).toNanos();

  /**
   * One transaction's content.
   *
   * @param result of the entry, once it is committed
   */
  record Work<R>(LogEntry<R> entry, CompletableFuture<R> result) {}

  private sealed interface Item {
    record Telemetry(ProducerRecord<String, byte[]> record) implements Item {}

    record Entry(Work<?> work) implements Item {}

    /** Reached when all items before it are committed. */
    record Flush(CompletableFuture<Void> reached) implements Item {}

    record Close() implements Item {}
  }

  private final BlockingQueue<Item> items = new LinkedBlockingQueue<>();
  private final Semaphore room = new Semaphore(CAPACITY);
  private final LogWait wait = new LogWait();

  /** The newest entry; when it is committed, all entries are. */
  private volatile CompletableFuture<?> newestEntry = CompletableFuture.completedFuture(null);

  // The writer's own state.
  private @Nullable Item carried;
  private long lastWrite = System.nanoTime() - INTERVAL_NANOS;

  /** Adds a telemetry record. Waits for all that is queued when the queue is full. */
  void add(ProducerRecord<String, byte[]> telemetry) {
    wait.rethrowFailure();
    while (!room.tryAcquire()) {
      flush();
    }
    items.add(new Item.Telemetry(telemetry));
  }

  /** Adds an entry. Does not wait. */
  <R> CompletableFuture<R> add(LogEntry<R> entry) {
    wait.rethrowFailure();
    CompletableFuture<R> result = new CompletableFuture<>();
    newestEntry = result;
    items.add(new Item.Entry(new Work<>(entry, result)));
    return result;
  }

  /** Waits until all that was added is committed. */
  void flush() {
    wait.rethrowFailure();
    CompletableFuture<Void> reached = new CompletableFuture<>();
    items.add(new Item.Flush(reached));
    await(reached);
  }

  /** Waits for the result of an entry. The wait is a stall while an entry is not committed. */
  void await(CompletableFuture<?> result) {
    wait.await(result, !newestEntry.isDone());
  }

  /**
   * Throws the writer's failure, if it has failed.
   *
   * @throws RuntimeException the writer's failure
   */
  void rethrowFailure() {
    wait.rethrowFailure();
  }

  /** Returns the seconds of waits for entries since the last call. */
  double takeStallSeconds() {
    return wait.takeStallSeconds();
  }

  /** Ends all waits, now and later, with a {@link WakeupException}. From any thread. */
  void wakeup() {
    wait.wakeup();
  }

  /** Lets the writer write what is queued, and then end. */
  void close() {
    items.add(new Item.Close());
  }

  /**
   * Waits for the content of the next transaction: an entry, or the telemetry before the next
   * entry, flush or close. The writer's thread calls this.
   *
   * @return null when the queue is closed and empty
   */
  @Nullable Work<?> take() throws InterruptedException {
    while (true) {
      Item item = carried == null ? items.take() : carried;
      carried = null;
      if (item instanceof Item.Telemetry first) {
        return new Work<>(gather(first), new CompletableFuture<>());
      } else if (item instanceof Item.Entry entry) {
        return entry.work();
      } else if (item instanceof Item.Flush flush) {
        flush.reached().complete(null);
      } else {
        carried = item;
        return null;
      }
    }
  }

  private TelemetryEntry gather(Item.Telemetry first) throws InterruptedException {
    List<ProducerRecord<String, byte[]>> records = new ArrayList<>();
    records.add(first.record());
    long due = lastWrite + INTERVAL_NANOS;
    while (true) {
      Item next = items.poll(due - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (!(next instanceof Item.Telemetry telemetry)) {
        carried = next;
        return new TelemetryEntry(records);
      }
      records.add(telemetry.record());
    }
  }

  /** Reports that a transaction is committed. The writer's thread calls this. */
  <R> void complete(Work<R> work, R result) {
    lastWrite = System.nanoTime();
    if (work.entry() instanceof TelemetryEntry telemetry) {
      room.release(telemetry.records().size());
    }
    work.result().complete(result);
  }

  /**
   * Reports that the writer has failed, and drops what is queued. The writer's thread calls this.
   */
  void fail(Throwable e) {
    wait.fail(e);
    items.clear();
  }
}
