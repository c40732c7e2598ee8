package dev.rivulet.ops.status.board;

import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The surviving line of a run's history: a record of an older epoch is superseded from the first
 * step of any newer one on. The outcome does not depend on the order of observation, so topics may
 * be read in any interleaving.
 */
final class HistoryLine {
  private final NavigableMap<Integer, Long> firstSteps = new TreeMap<>();

  /** Takes note of a step in an epoch, and returns whether it may supersede something. */
  boolean observe(int epoch, long step) {
    Long first = firstSteps.get(epoch);
    if (first != null && first <= step) {
      return false;
    }
    firstSteps.put(epoch, step);
    return firstSteps.firstKey() < epoch;
  }

  /** Returns whether nothing newer has superseded a value. */
  boolean survives(Placed value) {
    return survives(value.epoch(), value.step());
  }

  /** Returns whether nothing newer has superseded a step of an epoch. */
  boolean survives(int epoch, long step) {
    return firstSteps.tailMap(epoch, false).values().stream().allMatch(first -> step < first);
  }

  /** Returns the newest epoch seen, 0 at the start. */
  int epoch() {
    return firstSteps.isEmpty() ? 0 : firstSteps.lastKey();
  }
}
