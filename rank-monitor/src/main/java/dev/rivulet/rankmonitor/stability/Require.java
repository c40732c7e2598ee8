package dev.rivulet.rankmonitor.stability;

import dev.rivulet.schemas.failure.UsageException;

/** A check of one setting. */
final class Require {
  private Require() {}

  static void that(boolean holds, String key, Object value, String allowed) {
    if (!holds) {
      throw new UsageException("%s is %s: use %s".formatted(key, value, allowed));
    }
  }
}
