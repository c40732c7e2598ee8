package dev.rivulet.ops.pipeline;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Roles of the pipeline in one process, each on its own thread. The pipeline fails when one role
 * fails.
 *
 * <pre>{@code
 * try (Pipeline pipeline = new Pipeline(List.of(monitor, packer, trainer))) {
 *   pipeline.start();
 *   pipeline.await(Role.TRAINER);
 * }
 * }</pre>
 */
public final class Pipeline implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);
  private static final long STOP_MILLIS = 45_000;
  private static final long POLL_MILLIS = 200;

  /** A started role. */
  private static final class Running {
    private final Role role;
    private final Thread thread;
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile @Nullable Throwable failure;

    Running(Role role) {
      this.role = role;
      this.thread = new Thread(this::run, role.name());
      // The process may end when an orderly stop takes too long.
      this.thread.setDaemon(true);
    }

    private void run() {
      try {
        role.work().run();
      } catch (Throwable e) { // Also an Error, such as one of the tensor engine.
        failure = e;
      } finally {
        ended.countDown();
      }
    }

    boolean healthy() {
      return failure == null && thread.getState() != Thread.State.NEW;
    }
  }

  private final List<Running> roles;

  /**
   * Creates a pipeline without starting it.
   *
   * @param roles in the order of their start; they stop in the reverse order
   */
  public Pipeline(List<Role> roles) {
    this.roles = roles.stream().map(Running::new).toList();
  }

  /** Starts all roles. */
  public void start() {
    roles.forEach(running -> running.thread.start());
  }

  /** Returns whether each role runs or has ended without a failure, by name. */
  public Map<String, BooleanSupplier> probes() {
    Map<String, BooleanSupplier> probes = new LinkedHashMap<>();
    roles.forEach(running -> probes.put(running.role.name(), running::healthy));
    return probes;
  }

  /**
   * Waits until a role has finished its work.
   *
   * @throws RoleException when any role has failed
   */
  public void await(String role) throws InterruptedException {
    while (!await(role, Duration.ofMinutes(1))) {
      LOG.debug("{} is still running", role);
    }
  }

  /**
   * Waits until a role has finished its work or the timeout is over; returns whether it has.
   *
   * @throws RoleException when any role has failed
   */
  public boolean await(String role, Duration timeout) throws InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (true) {
      throwIfAnyFailed();
      if (running(role).ended.await(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
        throwIfAnyFailed();
        return true;
      }
      if (System.nanoTime() > deadline) {
        return false;
      }
    }
  }

  /**
   * Waits until the thread is interrupted.
   *
   * @throws RoleException when any role fails meanwhile
   */
  public void awaitInterrupt() throws InterruptedException {
    while (true) {
      throwIfAnyFailed();
      Thread.sleep(POLL_MILLIS);
    }
  }

  private void throwIfAnyFailed() {
    for (Running running : roles) {
      Throwable failure = running.failure;
      if (failure != null) {
        throw new RoleException(running.role.name(), failure);
      }
    }
  }

  private Running running(String role) {
    return roles.stream()
        .filter(running -> running.role.name().equals(role))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no role " + role));
  }

  /** Stops the roles in the reverse order of their start, and waits for the end of each. */
  @Override
  public void close() {
    boolean interrupted = Thread.interrupted();
    List<Running> reversed = new ArrayList<>(roles);
    Collections.reverse(reversed);
    for (Running running : reversed) {
      running.role.stop().run();
      try {
        running.thread.join(STOP_MILLIS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
      if (running.thread.isAlive()) {
        LOG.warn(
            "{} did not stop within {} s; the process ends without it",
            running.role.name(),
            STOP_MILLIS / 1000);
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
