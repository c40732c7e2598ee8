package dev.rivulet.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.ops.console.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
  @Test
  void run_help_everyCommandDescribed() {
    Invocation help = Invocation.of("--help");

    assertThat(help.exit()).isEqualTo(ExitCode.OK);
    assertThat(help.out())
        .contains("Usage: rivulet")
        .containsPattern("ingest +Write samples")
        .containsPattern("topics +List the topics")
        .contains("Exit codes:");
  }

  @Test
  void run_noCommand_usageError() {
    Invocation none = Invocation.of();

    assertThat(none.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(none.err()).startsWith("rivulet: no command is given");
  }

  @Test
  void run_unknownOption_namedInOneLine() {
    Invocation wrong = Invocation.of("topics", "--kafak", "h:1");

    assertThat(wrong.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(wrong.err())
        .startsWith("rivulet: Unknown options: '--kafak', 'h:1'")
        .contains("'rivulet topics --help' lists the options");
  }

  @Test
  void run_threeWrongKeysAndOneWrongType_allFourAtOnceWithoutStackTrace(@TempDir Path folder)
      throws IOException {
    Path file = folder.resolve("run.yaml");
    Files.writeString(
        file,
        """
        run: first
        model: {pth: x, labels: [no, yes]}
        train: {steps: soon, lerningRate: 1}
        status: {prot: 0}
        """);

    Invocation wrong = Invocation.of("config", "-c", file.toString());

    assertThat(wrong.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(wrong.err())
        .startsWith("rivulet: " + file + ": 5 problems")
        .contains("did you mean model.path?")
        .contains("train.steps: \"soon\" (line 3) must be a whole number")
        .contains("did you mean train.learningRate?")
        .contains("did you mean status.port?")
        .contains("model.path is missing")
        .doesNotContain("\tat ");
  }

  @Test
  void run_stackTraceOption_printsTheTrace(@TempDir Path folder) {
    String missing = folder.resolve("none.yaml").toString();

    assertThat(Invocation.of("config", "-c", missing).err())
        .isEqualToIgnoringNewLines("rivulet: %s: no such file or folder".formatted(missing));
    assertThat(Invocation.of("config", "-c", missing, "--stacktrace").err()).contains("\tat ");
  }

  @Test
  void config_json_oneObjectForEachKey() {
    Invocation keys = Invocation.of("config", "--json");

    assertThat(keys.exit()).isEqualTo(ExitCode.OK);
    assertThat(keys.lines())
        .anyMatch(line -> line.startsWith("{\"key\":\"train.steps\",\"default\":\"\""));
  }

  @Test
  void ingest_missingFile_namedBeforeKafkaIsReached(@TempDir Path folder) {
    Path home = folder.resolve("home");

    Invocation wrong = Invocation.of("ingest", "none.jsonl", "--home", home.toString());

    assertThat(wrong.exit()).isEqualTo(ExitCode.USAGE);
    assertThat(wrong.err())
        .isEqualToIgnoringNewLines("rivulet: none.jsonl: no such file or folder");
    assertThat(home).doesNotExist();
  }
}
