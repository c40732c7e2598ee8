package dev.rivulet.ops.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** A folder for what is not whole yet; it goes, with all that is left in it. */
record ScratchFolder(Path path) implements AutoCloseable {

  /** Makes one in a folder, which is made when missing. */
  static ScratchFolder in(Path parent) throws IOException {
    Files.createDirectories(parent);
    return new ScratchFolder(Files.createTempDirectory(parent.toAbsolutePath(), "fetch-"));
  }

  @Override
  public void close() throws IOException {
    try (Stream<Path> paths = Files.walk(path)) {
      for (Path inside : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(inside);
      }
    }
  }
}
