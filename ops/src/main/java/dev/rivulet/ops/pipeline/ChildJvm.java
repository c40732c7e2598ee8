package dev.rivulet.ops.pipeline;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Java processes that run a part of this program, with its class path. */
public final class ChildJvm {
  /** The first Java that requires permission for native libraries. */
  private static final int NATIVE_ACCESS = 22;

  private ChildJvm() {}

  /**
   * Returns a process that can be started. It uses the serial collector, so that its resident size
   * follows its work.
   *
   * @param options of the Java VM, such as its heap
   * @param crash file of the report of a crash of the VM
   * @param main class with the main method
   * @param arguments of that method
   */
  public static ProcessBuilder of(
      List<String> options, Path crash, Class<?> main, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:ErrorFile=" + crash));
    if (Runtime.version().feature() >= NATIVE_ACCESS) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    // Idle threads of libtorch sleep instead of spinning; processes may share cores.
    builder.environment().putIfAbsent("OMP_WAIT_POLICY", "passive");
    return builder;
  }

  /** Returns the last line of a process's messages; empty when there are none. */
  public static String lastLine(Path messages) throws IOException {
    return lastLine(new String(Files.readAllBytes(messages), StandardCharsets.UTF_8));
  }

  /** Returns the last line of a text; empty when there is none. */
  public static String lastLine(String text) {
    String[] lines = text.strip().split("\\R", -1);
    return lines[lines.length - 1];
  }
}
