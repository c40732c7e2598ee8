package dev.rivulet.trainer.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The memory of this process and of the machine, as Linux counts it. */
public final class SystemMemory {
  private static final Path PROCESS = Path.of("/proc/self/status");
  private static final Path MACHINE = Path.of("/proc/meminfo");

  private SystemMemory() {}

  /** Returns the process's largest resident size so far; 0 where the system does not tell. */
  public static long peakBytes() {
    return read(PROCESS, "VmHWM:").orElse(0L);
  }

  /** Returns the process's resident size now; 0 where the system does not tell. */
  static long residentBytes() {
    return read(PROCESS, "VmRSS:").orElse(0L);
  }

  /** Returns the bytes that can be taken without swapping; empty where the system does not tell. */
  static Optional<Long> availableBytes() {
    return read(MACHINE, "MemAvailable:");
  }

  /** Returns a line's figure, which the system gives in KiB, in bytes. */
  private static Optional<Long> read(Path file, String label) {
    if (!Files.isReadable(file)) {
      return Optional.empty();
    }
    try {
      return Files.readAllLines(file).stream()
          .filter(line -> line.startsWith(label))
          .map(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
