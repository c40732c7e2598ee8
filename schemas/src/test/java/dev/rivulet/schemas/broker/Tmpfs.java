package dev.rivulet.schemas.broker;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * A small in-memory file system that a test can fill to the last byte.
 *
 * @param root its mount point
 */
public record Tmpfs(Path root) implements AutoCloseable {

  /**
   * Mounts a file system on a new folder. Skips the test, with the reason, if that is not
   * permitted.
   *
   * @param megabytes size of the file system
   */
  public static Tmpfs mount(Path folder, int megabytes) throws IOException {
    Files.createDirectories(folder);
    String refusal =
        run(
            List.of(
                "mount",
                "-t",
                "tmpfs",
                "-o",
                "size=%dm".formatted(megabytes),
                "tmpfs",
                folder.toString()));
    Assumptions.assumeTrue(
        refusal.isEmpty(), "a test of a full disk needs permission to mount a tmpfs: " + refusal);
    return new Tmpfs(folder);
  }

  /**
   * Fills the file system.
   *
   * @param left bytes that stay free
   */
  public void fill(long left) throws IOException {
    try (OutputStream out = Files.newOutputStream(filler())) {
      byte[] block = new byte[4096];
      while (Files.getFileStore(root).getUsableSpace() > left) {
        out.write(block);
      }
    }
  }

  /** Deletes what {@link #fill} wrote. */
  public void free() throws IOException {
    Files.delete(filler());
  }

  private Path filler() {
    return root.resolve("filler");
  }

  @Override
  public void close() throws IOException {
    String refusal = run(List.of("umount", "--lazy", root.toString()));
    if (!refusal.isEmpty()) {
      throw new IOException(refusal);
    }
  }

  /** Runs a command. Returns its output and exit status if it fails, else an empty text. */
  private static String run(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    int exit = process.onExit().join().exitValue();
    return exit == 0 ? "" : "%s (exit %d)".formatted(output, exit);
  }
}
