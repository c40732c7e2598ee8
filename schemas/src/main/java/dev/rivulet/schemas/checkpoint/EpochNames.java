package dev.rivulet.schemas.checkpoint;

import dev.rivulet.schemas.record.Manifest;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the names of a run's checkpoints tell of its epochs, those of damaged ones among them: a
 * rollback whose manifest is lost has still taken place.
 */
final class EpochNames {
  private static final Pattern NAME = Pattern.compile("(\\d{1,9})-(\\d{6,18})");

  private final Map<Integer, Long> begins = new HashMap<>();
  private final long nameless;

  EpochNames(CheckpointLog log) {
    log.names()
        .map(NAME::matcher)
        .filter(Matcher::matches)
        .forEach(
            name ->
                begins.merge(
                    Integer.valueOf(name.group(1)), Long.valueOf(name.group(2)), Math::min));
    nameless = log.nameless();
  }

  /** Returns the step of each epoch's first checkpoint that is known of. */
  Map<Integer, Long> begins() {
    return begins;
  }

  /** Returns whether a newer epoch went back behind a checkpoint. */
  static boolean isSuperseded(Map<Integer, Long> begins, Manifest manifest) {
    return begins.entrySet().stream()
        .anyMatch(
            epoch -> epoch.getKey() > manifest.getEpoch() && epoch.getValue() < manifest.getStep());
  }

  /**
   * Returns a number that no epoch has: each manifest that is not even named may have opened one.
   */
  int next() {
    int newest = begins.keySet().stream().mapToInt(Integer::intValue).max().orElse(-1);
    return Math.toIntExact(newest + 1 + nameless);
  }
}
