package dev.rivulet.trainer.log;

import dev.rivulet.schemas.topic.KafkaCluster;
import dev.rivulet.schemas.topic.Topic;
import dev.rivulet.trainer.log.LogQueue.Work;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.errors.WakeupException;

/**
 * A run's log, as its trainer writes it. A thread of its own owns the run's producer. It writes
 * what the training thread hands over, in that order.
 *
 * <p>Telemetry is gathered into short transactions, at most ten a second. An entry gets a
 * transaction to itself, after the telemetry before it.
 *
 * <p>When the log's thread fails, for example because the run was taken over, the training thread's
 * next call throws the same exception. Calls that wait throw {@link WakeupException} after {@link
 * #wakeup}.
 */
public final class RunLog implements AutoCloseable {
  private static final Duration GRACE = Duration.ofSeconds(30);
  private static final Duration OUTAGE_CHECK = Duration.ofMillis(100);

  private final KafkaCluster cluster;
  private final String run;
  private final LogRoom room;
  private final Pauses pauses;
  private final Outage outage;
  private final LogQueue queue = new LogQueue();
  private final RunProducer producer;
  private final Thread thread;
  private volatile Runnable onFailure = () -> {};

  /**
   * Opens the log of a run, and fences the trainer that had it open.
   *
   * @param room disk space for what is written
   * @throws org.apache.kafka.common.KafkaException when the cluster does not answer or refuses
   */
  public static RunLog open(KafkaCluster cluster, String run, Claim claim, LogRoom room) {
    Outage outage = new Outage();
    RunProducer producer = new RunProducer(cluster, run, claim, outage);
    return new RunLog(cluster, run, producer, outage, room, Pauses.DEFAULTS);
  }

  RunLog(
      KafkaCluster cluster,
      String run,
      RunProducer producer,
      Outage outage,
      LogRoom room,
      Pauses pauses) {
    this.cluster = cluster;
    this.run = run;
    this.producer = producer;
    this.outage = outage;
    this.room = room;
    this.pauses = pauses;
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

  /** Sets an action for the log's thread to run when it fails, such as to wake up other waits. */
  public void onFailure(Runnable action) {
    onFailure = action;
  }

  /** Hands over a telemetry record. Waits when too many are not written yet. */
  public <T> void publish(Topic<T> topic, String key, T value) {
    queue.add(cluster.record(topic, key, value));
  }

  /** Waits until all that was handed over is committed. */
  public void flush() {
    queue.flush();
  }

  /** Hands over an entry. */
  public <R> CompletableFuture<R> submit(LogEntry<R> entry) {
    return queue.add(entry);
  }

  /** Waits until an entry is committed, and returns its result. */
  public <R> R await(CompletableFuture<R> entry) {
    queue.await(entry);
    return entry.join();
  }

  /**
   * Throws the failure of the log's thread, if it has failed.
   *
   * @throws RuntimeException the failure
   */
  public void rethrowFailure() {
    queue.rethrowFailure();
  }

  /** Returns the seconds of waits for entries since the last call. */
  public double takeStallSeconds() {
    return queue.takeStallSeconds();
  }

  /** Returns the reason of the newest outage of the log; once for each outage. */
  public Optional<String> takeOutage() {
    return outage.takeReason();
  }

  /** Makes all waits throw, now and later. From any thread. */
  public void wakeup() {
    queue.wakeup();
  }

  private void work() {
    try {
      for (Work<?> next = queue.take(); next != null; next = queue.take()) {
        write(next);
      }
    } catch (InterruptedException e) {
      fail(new IllegalStateException("the log of run %s was closed".formatted(run), e));
    } catch (RuntimeException | Error e) {
      fail(e);
    } finally {
      boolean unused = Thread.interrupted(); // An interrupt would cut the producer's close short.
      producer.close();
    }
  }

  private <R> void write(Work<R> work) throws InterruptedException {
    awaitRoom(work.entry());
    queue.complete(work, producer.write(work.entry()));
  }

  private void awaitRoom(LogEntry<?> entry) throws InterruptedException {
    Optional<String> shortfall = room.shortfall(entry.bytes());
    while (shortfall.isPresent()) {
      outage.begin("%s is not written: %s".formatted(entry.name(), shortfall.get()));
      Thread.sleep(pauses.roomCheck().toMillis());
      shortfall = room.shortfall(entry.bytes());
    }
  }

  private void fail(Throwable e) {
    queue.fail(e);
    onFailure.run();
  }

  /**
   * Writes what was handed over, unless the log takes no writes, and closes the log. What is not
   * written by then is lost; the run resumes before it.
   */
  @Override
  public void close() {
    onFailure = () -> {};
    queue.close();
    boolean interrupted = false;
    long deadline = System.nanoTime() + GRACE.toNanos();
    while (thread.isAlive() && System.nanoTime() < deadline && !outage.isOn() && !interrupted) {
      interrupted = !join(OUTAGE_CHECK);
    }
    thread.interrupt();
    interrupted |= !join(GRACE);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits for the end of the log's thread; returns false when interrupted. */
  private boolean join(Duration patience) {
    try {
      thread.join(patience.toMillis());
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }
}
