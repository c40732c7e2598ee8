package dev.rivulet.ops.export;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A folder that appears whole or not at all: it is filled under another name in the same parent,
 * which {@link #finish} gives it. What was not finished goes when this object is closed.
 */
final class OutputFolder implements AutoCloseable {
  private final Path target;
  private final Path part;

  private OutputFolder(Path target, Path part) {
    this.target = target;
    this.part = part;
  }

  /**
   * Begins a folder.
   *
   * @throws FileAlreadyExistsException when there is something of that name
   * @throws IOException when its parent is missing or cannot be written
   */
  static OutputFolder begin(Path folder) throws IOException {
    Path target = folder.toAbsolutePath().normalize();
    if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileAlreadyExistsException(
          folder.toString(), null, "it exists: remove it, or name another folder");
    }
    Path parent = target.getParent();
    if (parent == null || !Files.isDirectory(parent)) {
      throw new NoSuchFileException(String.valueOf(parent), null, "no such folder");
    }
    // A temporary directory would be its owner's alone.
    Path part = parent.resolve(target.getFileName() + ".part-" + UUID.randomUUID());
    return new OutputFolder(target, Files.createDirectory(part));
  }

  /** Returns where the folder is filled. */
  Path path() {
    return part;
  }

  /** Gives the folder its name. */
  void finish() throws IOException {
    Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void close() throws IOException {
    if (!Files.exists(part)) {
      return;
    }
    try (Stream<Path> paths = Files.walk(part)) {
      for (Path inside : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(inside);
      }
    }
  }
}
