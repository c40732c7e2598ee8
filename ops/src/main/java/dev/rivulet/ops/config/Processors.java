package dev.rivulet.ops.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/** The processors of this machine. */
public final class Processors {
  private Processors() {}

  /**
   * Returns the cores that this process may use: hyper-threads share the arithmetic units, so that
   * more threads than cores slow matrix products down.
   */
  public static int cores() {
    int available = Runtime.getRuntime().availableProcessors();
    Path cpuinfo = Path.of("/proc/cpuinfo");
    if (!Files.isReadable(cpuinfo)) {
      return available;
    }
    Set<String> cores = new HashSet<>();
    String socket = "";
    try {
      for (String line : Files.readAllLines(cpuinfo)) {
        if (line.startsWith("physical id")) {
          socket = line;
        } else if (line.startsWith("core id")) {
          cores.add(socket + line);
        }
      }
    } catch (IOException e) {
      return available;
    }
    return cores.isEmpty() ? available : Math.min(available, cores.size());
  }
}
