package dev.rivulet.rankmonitor;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The answer to a stream thread that dies: another one takes over, but when too many die within an
 * hour the monitor shuts down, as the cause does not go away by itself.
 */
final class ThreadReplacement implements StreamsUncaughtExceptionHandler {
  private static final Logger LOG = LoggerFactory.getLogger(ThreadReplacement.class);
  private static final int LIMIT = 5;
  private static final Duration WITHIN = Duration.ofHours(1);

  private final Deque<Long> deaths = new ArrayDeque<>();

  @Override
  public synchronized StreamThreadExceptionResponse handle(Throwable exception) {
    long now = System.nanoTime();
    deaths.removeIf(death -> now - death > WITHIN.toNanos());
    deaths.add(now);
    if (deaths.size() <= LIMIT) {
      LOG.error("a stream thread of the rank monitor died: it is replaced", exception);
      return StreamThreadExceptionResponse.REPLACE_THREAD;
    }
    LOG.error(
        "{} stream threads of the rank monitor died within {}: it shuts down",
        deaths.size(),
        WITHIN,
        exception);
    return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
  }
}
