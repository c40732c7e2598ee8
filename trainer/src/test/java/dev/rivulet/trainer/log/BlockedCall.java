package dev.rivulet.trainer.log;

import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** A call on a thread of its own, which is expected to block until something else happens. */
final class BlockedCall {
  private static final Set<Thread.State> STOPPED =
      EnumSet.of(Thread.State.WAITING, Thread.State.TERMINATED);

  private final Thread thread;
  private volatile @Nullable Throwable failure;

  private BlockedCall(Callable<?> call) {
    thread =
        new Thread(
            () -> {
              try {
                Object unused = call.call();
              } catch (Throwable e) {
                failure = e;
              }
            });
    thread.setDaemon(true);
  }

  /** Starts a call, and returns when it blocks or has ended. */
  static BlockedCall start(Callable<?> call) {
    BlockedCall started = new BlockedCall(call);
    started.thread.start();
    while (!STOPPED.contains(started.thread.getState())) {
      Thread.onSpinWait();
    }
    return started;
  }

  /** Starts a call without a result. */
  static BlockedCall start(Runnable call) {
    return start(
        () -> {
          call.run();
          return true;
        });
  }

  boolean isBlocked() {
    return thread.isAlive();
  }

  /** Waits for the end of the call, and returns what it threw. */
  Optional<Throwable> end() throws InterruptedException {
    thread.join();
    return Optional.ofNullable(failure);
  }
}
