package dev.rivulet.rankmonitor.stability;

/** A check of one setting. */
final class Require {
  private Require() {}

  static void that(boolean holds, String key, Object value, String allowed) {
    if (!holds) {
      throw new IllegalArgumentException("%s is %s: use %s".formatted(key, value, allowed));
    }
  }
}
