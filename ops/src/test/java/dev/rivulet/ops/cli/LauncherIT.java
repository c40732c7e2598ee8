package dev.rivulet.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.rivulet.ops.console.ExitCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the launcher is a bash script")
class LauncherIT {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  private record Finished(int exit, String output) {}

  @Test
  void shouldRunFromAnyFolderThroughLinks(@TempDir Path folder) throws Exception {
    Path first = Files.createSymbolicLink(folder.resolve("first"), ROOT.resolve("rivulet"));
    Path second = Files.createSymbolicLink(folder.resolve("second"), first.getFileName());

    Finished version = run(folder, Map.of(), second.toString(), "--version");

    assertThat(version.output()).contains("rivulet ").contains("Java ");
    assertThat(version.exit()).isZero();
  }

  @Test
  void shouldPassOptionsToJavaAndExitCodeToCaller(@TempDir Path folder) throws Exception {
    Finished wrong =
        run(
            folder,
            Map.of("RIVULET_JAVA_OPTS", "-Xmx64m -XX:+PrintCommandLineFlags"),
            ROOT.resolve("rivulet").toString(),
            "no-such-command");

    assertThat(wrong.output()).contains("-XX:MaxHeapSize=67108864").contains("no-such-command");
    assertThat(wrong.exit()).isEqualTo(ExitCode.USAGE);
  }

  @Test
  void shouldSayWhatIsMissing(@TempDir Path folder) throws Exception {
    Finished without =
        run(folder, Map.of("JAVA_HOME", "/nowhere"), ROOT.resolve("rivulet").toString(), "runs");

    assertThat(without.output())
        .isEqualToIgnoringNewLines(
            "rivulet: needs a JDK 17 or newer: install one, or set JAVA_HOME");
    assertThat(without.exit()).isEqualTo(1);
  }

  @Test
  void shouldSatisfyShellcheck(@TempDir Path folder) throws Exception {
    boolean installed =
        Stream.of(System.getenv("PATH").split(":", -1))
            .anyMatch(dir -> Files.isExecutable(Path.of(dir, "shellcheck")));
    assumeThat(installed).as("shellcheck is installed").isTrue();

    Finished check =
        run(
            folder,
            Map.of(),
            "shellcheck",
            ROOT.resolve("rivulet").toString(),
            ROOT.resolve(".ci/run").toString());

    assertThat(check.output()).isEmpty();
    assertThat(check.exit()).isZero();
  }

  private static Finished run(Path folder, Map<String, String> environment, String... command)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(List.of(command)).directory(folder.toFile()).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Finished(process.waitFor(), output);
  }
}
