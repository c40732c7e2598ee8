package dev.rivulet.rankmonitor;

import dev.rivulet.rankmonitor.stability.StabilityConfig;
import dev.rivulet.schemas.failure.UsageException;
import java.time.Duration;

/**
 * The settings of the rank monitor. What it asks of the ranks comes with each spectrum, from the
 * run's own configuration.
 *
 * @param stability the stability rules and the rollback
 * @param commitInterval time between commits, and so about the latency of a decision
 * @param threads stream threads; more than there are partitions are of no use
 */
public record MonitorConfig(StabilityConfig stability, Duration commitInterval, int threads) {
  public static final MonitorConfig DEFAULT =
      new MonitorConfig(StabilityConfig.DEFAULT, Duration.ofMillis(20), 1);

  public MonitorConfig {
    if (commitInterval.toMillis() < 1) {
      throw new UsageException("commitInterval is %s: use 1 ms or more".formatted(commitInterval));
    }
    if (threads < 1) {
      throw new UsageException("threads is %d: use 1 or more".formatted(threads));
    }
  }
}
