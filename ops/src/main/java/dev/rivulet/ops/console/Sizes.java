package dev.rivulet.ops.console;

import java.time.Duration;
import java.util.Locale;

/** Sizes and times as text for people. */
public final class Sizes {
  private Sizes() {}

  /** Returns bytes in a suitable decimal unit: 4.3 MB. */
  public static String bytes(long bytes) {
    String[] units = {"B", "kB", "MB", "GB", "TB"};
    double size = bytes;
    int unit = 0;
    while (size >= 1000 && unit < units.length - 1) {
      size /= 1000;
      unit++;
    }
    return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", size, units[unit]);
  }

  /** Returns a time in minutes and seconds: 3:07. */
  public static String duration(Duration duration) {
    return String.format(Locale.ROOT, "%d:%02d", duration.toMinutes(), duration.toSecondsPart());
  }
}
