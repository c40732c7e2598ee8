package dev.rivulet.trainer.log;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;

/**
 * The waits of a training thread for the thread that writes the log. A wait ends when its result is
 * there, when the writer has failed, or after {@link #wakeup}.
 *
 * <p>Thread-safe.
 */
final class LogWait {
  /** Done as soon as no wait may block any more. */
  private final CompletableFuture<Void> interruption = new CompletableFuture<>();

  private final AtomicLong stallNanos = new AtomicLong();
  private volatile @Nullable Throwable failure;

  /**
   * Waits for a result. A result that is there is not waited for, even after {@link #wakeup}.
   *
   * @param stalls whether the time of this wait counts as a stall
   * @throws WakeupException when woken up before the result was there
   * @throws RuntimeException the writer's failure
   */
  void await(CompletableFuture<?> result, boolean stalls) {
    rethrowFailure();
    if (result.isDone()) {
      return;
    }
    long begin = System.nanoTime();
    try {
      Object unused = CompletableFuture.anyOf(result, interruption).get();
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } finally {
      stallNanos.addAndGet(stalls ? System.nanoTime() - begin : 0);
    }
    rethrowFailure();
    if (!result.isDone()) {
      throw new WakeupException();
    }
  }

  /**
   * Throws the writer's failure, if it has failed.
   *
   * @throws RuntimeException the writer's failure
   */
  void rethrowFailure() {
    if (failure instanceof RuntimeException e) {
      throw e;
    }
    if (failure instanceof Error e) {
      throw e;
    }
  }

  /** Ends all waits, now and later, with the writer's failure. */
  void fail(Throwable e) {
    failure = e;
    interruption.complete(null);
  }

  /** Ends all waits, now and later, with a {@link WakeupException}. */
  void wakeup() {
    interruption.complete(null);
  }

  /** Returns the seconds of stalls since the last call. */
  double takeStallSeconds() {
    return stallNanos.getAndSet(0) / 1e9;
  }
}
