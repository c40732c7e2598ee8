package dev.rivulet.ops.status.board;

import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A bounded series of values in the order of their steps. A full series is thinned evenly: the
 * stride of its buckets doubles, and each bucket keeps its newest value, so the newest value of all
 * is always kept.
 *
 * @param <T> the value type
 */
final class StepSeries<T extends Placed> {
  private final int capacity;
  private final NavigableMap<Long, T> byStep = new TreeMap<>();
  private long stride = 1;

  StepSeries(int capacity) {
    this.capacity = capacity;
  }

  /** Adds a value, or replaces the value at its step. */
  void put(T value) {
    byStep.put(value.step(), value);
    dropIfSameBucket(byStep.lowerKey(value.step()), value.step());
    dropIfSameBucket(value.step(), byStep.higherKey(value.step()));
    while (byStep.size() > capacity) {
      stride *= 2;
      List.copyOf(byStep.keySet()).forEach(step -> dropIfSameBucket(step, byStep.higherKey(step)));
    }
  }

  private void dropIfSameBucket(@Nullable Long earlier, @Nullable Long later) {
    if (earlier != null && later != null && earlier / stride == later / stride) {
      byStep.remove(earlier);
    }
  }

  /** Removes the values that a line of history supersedes. */
  void prune(HistoryLine line) {
    byStep.values().removeIf(value -> !line.survives(value));
  }

  @Nullable T at(long step) {
    return byStep.get(step);
  }

  @Nullable T newest() {
    return byStep.isEmpty() ? null : byStep.lastEntry().getValue();
  }

  List<T> values() {
    return List.copyOf(byStep.values());
  }

  /** Returns the first values at or after a step. */
  List<T> from(long step, int limit) {
    return byStep.tailMap(step, true).values().stream().limit(limit).toList();
  }
}
