package dev.rivulet.schemas.broker;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Java processes that tests start, with the class path of the test. */
public final class TestJvm {
  /** The first Java that requires permission for native libraries. */
  private static final int NATIVE_ACCESS = 22;

  private TestJvm() {}

  /**
   * Returns a process that can be started. It uses the serial collector and compiles with C1 only,
   * because it lives for seconds.
   *
   * @param main class with the main method
   * @param options of the Java VM, such as its heap
   * @param arguments of the main method
   */
  public static ProcessBuilder of(Class<?> main, List<String> options, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.add("-XX:ErrorFile=target/hs_err_pid%p.log");
    if (Runtime.version().feature() >= NATIVE_ACCESS) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.addAll(options);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putIfAbsent("OMP_WAIT_POLICY", "passive");
    return builder;
  }
}
