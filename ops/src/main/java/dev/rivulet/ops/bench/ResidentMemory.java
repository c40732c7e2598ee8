package dev.rivulet.ops.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The resident memory of this process, as Linux counts it. */
final class ResidentMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path CLEAR = Path.of("/proc/self/clear_refs");

  private ResidentMemory() {}

  /** Returns whether the system reports it. */
  static boolean isKnown() {
    return Files.isReadable(STATUS);
  }

  /** Returns the size now, in bytes. */
  static long now() {
    return bytes("VmRSS:");
  }

  /** Returns the largest size since the start or {@link #forgetPeak}, in bytes. */
  static long peak() {
    return bytes("VmHWM:");
  }

  /** Resets the peak to the current size, where the system permits it. */
  static void forgetPeak() {
    try {
      Files.writeString(CLEAR, "5");
    } catch (IOException e) {
      // The earlier peak then counts too: the figure may be too high, never too low.
    }
  }

  private static long bytes(String key) {
    try {
      return Files.readAllLines(STATUS).stream()
          .filter(line -> line.startsWith(key))
          .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow(() -> new IllegalStateException("%s has no %s".formatted(STATUS, key)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
