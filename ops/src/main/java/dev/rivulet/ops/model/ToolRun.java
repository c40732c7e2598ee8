package dev.rivulet.ops.model;

import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.failure.UsageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * A run of a program that is installed on this machine.
 *
 * @param exit its exit code
 * @param output the lines of both its streams
 */
record ToolRun(int exit, List<String> output) {

  /**
   * Runs a program to its end.
   *
   * @param folder where it works
   * @param missing the message when it cannot be started
   */
  static ToolRun of(List<String> command, Path folder, String missing) throws IOException {
    Process process;
    try {
      process =
          new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new UsageException(missing, e);
    }
    try {
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new ToolRun(process.waitFor(), output.lines().toList());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RunException("interrupted while %s ran".formatted(command.get(0)), e);
    } finally {
      process.destroy();
    }
  }
}
