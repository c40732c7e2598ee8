package dev.rivulet.trainer.method;

import dev.rivulet.trainer.factor.HostTensor;
import java.util.List;
import java.util.OptionalInt;

/**
 * Decides when the bases are refreshed. The first step always refreshes; the rule applies to the
 * steps after it.
 *
 * <p>A rule may observe the steps. A snapshot contains what it remembers of them, so that a resumed
 * run refreshes at the same steps.
 */
interface RefreshSchedule {

  /**
   * Returns whether a refresh is due.
   *
   * @param step the step about to be taken
   * @param lastRefresh the step of the last refresh
   * @param refreshes refreshes so far, at least 1
   */
  boolean due(long step, long lastRefresh, int refreshes);

  /** Returns the observer of a step that is not a refresh. */
  default GradientObserver observer(long step, long lastRefresh) {
    return GradientObserver.NONE;
  }

  /** Takes note of a refresh, whose new factors have these gradients. */
  default void refreshed(GradientBuffer gradients) {}

  /** Returns what is remembered, by names that begin with {@code refresh.}. */
  default List<HostTensor> state() {
    return List.of();
  }

  /** Takes back what {@link #state} gave. */
  default void restore(Snapshot snapshot) {}

  /** Returns the bytes of what is remembered on the device. */
  default long bytes() {
    return 0;
  }

  /** Frees what is remembered. */
  default void close() {}

  /** Returns the rule of a refresh every so many steps. */
  static RefreshSchedule every(long steps) {
    return (step, lastRefresh, refreshes) -> step - lastRefresh >= steps;
  }

  /**
   * Returns the rule of gaps that grow: after refresh 0, {@code tau} steps; after refresh k, {@code
   * tau + ⌊psiᵏ⌋} (LoQT, arXiv 2405.16528, as its code has it).
   *
   * @param maxGap bounds the gap
   */
  static RefreshSchedule growing(int tau, double psi, OptionalInt maxGap) {
    double most = maxGap.isPresent() ? maxGap.getAsInt() : Double.MAX_VALUE;
    return (step, lastRefresh, refreshes) -> {
      int k = refreshes - 1;
      double grown = k == 0 ? 0 : Math.floor(StrictMath.pow(psi, k));
      return step - lastRefresh >= Math.min(most, tau + grown);
    };
  }
}
