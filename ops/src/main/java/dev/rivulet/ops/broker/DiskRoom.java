package dev.rivulet.ops.broker;

import dev.rivulet.trainer.log.LogRoom;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The free space on the disk of an embedded broker. Kafka ends its process when its only disk is
 * full, so that a reserve stays free for other writers and for Kafka's own files.
 *
 * @param directory the broker's data directory
 */
record DiskRoom(Path directory) implements LogRoom {
  /** Bytes that stay free. */
  static final long RESERVE = 128L << 20;

  private static final double MEGABYTE = 1e6;

  @Override
  public Optional<String> shortfall(long bytes) {
    long free;
    try {
      free = Files.getFileStore(directory).getUsableSpace();
    } catch (IOException e) {
      return Optional.of("the disk of %s cannot be read: %s".formatted(directory, e.getMessage()));
    }
    long needed = Math.addExact(bytes, RESERVE);
    return free >= needed
        ? Optional.empty()
        : Optional.of(
            "the disk of %s has %.0f MB left, and %.0f MB are needed: free some space"
                .formatted(directory, free / MEGABYTE, needed / MEGABYTE));
  }
}
