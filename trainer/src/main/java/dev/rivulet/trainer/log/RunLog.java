package dev.rivulet.trainer.log;

import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topic;
import dev.rivulet.trainer.log.LogQueue.Item;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.WakeupException;

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
public final class RunLog implements AutoCloseable {
  private static final Duration GRACE = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final long ROOM_POLL_MILLIS = 1_000;

  private final KafkaCluster cluster;
  private final String run;
  private final LogRoom room;
  private final Outage outage = new Outage();
  private final LogQueue queue = new LogQueue();
  private final RunProducer producer;
  private final Thread thread;
  private volatile Runnable onFailure = () -> {};

  /**
   * Opens the log of a run, and fences whoever had it open.
   *
   * @param room for what is written
   * @throws org.apache.kafka.common.KafkaException when the cluster does not answer or refuses
   */
  public RunLog(KafkaCluster cluster, String run, Claim claim, LogRoom room) {
    this.cluster = cluster;
    this.run = run;
    this.room = room;
    producer = new RunProducer(cluster, run, claim, outage);
    thread = new Thread(this::work, "log-" + run);
    thread.setDaemon(true);
    thread.start();
  }

  public KafkaCluster cluster() {
    return cluster;
  }

  public String run() {
    return run;
  }

  /** Says what to do when the log's thread fails, on that thread: such as to wake up the others. */
  public void onFailure(Runnable action) {
    onFailure = action;
  }

  /** Hands over a record of telemetry; waits while too many are waiting. */
  public <T> void publish(Topic<T> topic, String key, T value) {
    queue.add(cluster.record(topic, key, value));
  }

  /** Waits until all that was handed over is in the log. */
  public void flush() {
    queue.flush();
  }

  /** Hands over an entry. */
  public <R> CompletableFuture<R> submit(LogEntry<R> entry) {
    return queue.add(entry);
  }

  /** Waits until an entry is in the log, and returns what it came to. */
  public <R> R await(CompletableFuture<R> entry) {
    queue.await(entry);
    return entry.join();
  }

  /**
   * Checks that the log's thread is well.
   *
   * @throws RuntimeException what it has failed with
   */
  public void requireSound() {
    queue.requireSound();
  }

  /** Returns the seconds that were waited for an entry since this was last asked. */
  public double takeStoodSeconds() {
    return queue.takeStoodSeconds();
  }

  /** Returns why the log took no writes for a while, or does not now; once for each outage. */
  public Optional<String> takeNote() {
    return outage.takeNote();
  }

  /** Makes all calls throw that wait, from now on; from any thread. */
  public void wakeup() {
    queue.wakeup();
  }

  private void work() {
    try {
      for (List<Item> next = queue.take(); !next.isEmpty(); next = queue.take()) {
        if (next.get(0) instanceof Item.Work<?> work) {
          write(work);
        } else {
          write(new TelemetryEntry(next.stream().map(RunLog::telemetry).toList()));
        }
        queue.done(next);
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

  private void fail(Throwable e) {
    queue.fail(e);
    onFailure.run();
  }

  /**
   * Writes what was handed over, as far as the log takes writes, and closes it. What is not written
   * then is lost, and the run goes on before it.
   */
  @Override
  public void close() {
    onFailure = () -> {};
    queue.close();
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
