package dev.rivulet.ops.status.board;

import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The surviving line of a run's history: the first step of a newer epoch supersedes all records of
 * older epochs from that step on. The result does not depend on the order of observation, so topics
 * can be read in any interleaving.
 */
final class HistoryLine {
  private final NavigableMap<Integer, Long> firstSteps = new TreeMap<>();

  /** Observes a step of an epoch, and returns whether it may supersede older records. */
  boolean observe(int epoch, long step) {
    Long first = firstSteps.get(epoch);
    if (first != null && first <= step) {
      return false;
    }
    firstSteps.put(epoch, step);
    return firstSteps.firstKey() < epoch;
  }

  /** Returns whether a value survives. */
  boolean survives(Placed value) {
    return survives(value.epoch(), value.step());
  }

  /** Returns whether a step of an epoch survives. */
  boolean survives(int epoch, long step) {
    return firstSteps.tailMap(epoch, false).values().stream().allMatch(first -> step < first);
  }

  /** Returns the newest observed epoch; 0 at the start. */
  int epoch() {
    return firstSteps.isEmpty() ? 0 : firstSteps.lastKey();
  }
}
