package dev.rivulet.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.schemas.failure.DamageException;
import dev.rivulet.schemas.failure.FencedException;
import dev.rivulet.schemas.failure.RivuletException;
import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.failure.UsageException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.util.stream.Stream;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;

class FailuresTest {

  @Command(name = "fails")
  static final class Fails {}

  /** The report of a failure: the exit code and what is printed. */
  private record Report(int exitCode, String text) {
    long lines() {
      return text.lines().count();
    }
  }

  @Test
  void report_usageException_isOneLineAndExitsWithUsage() {
    Report report = report(new UsageException("run.yaml, line 3: no key 'stepz'"));

    assertThat(report.text()).isEqualTo("rivulet: run.yaml, line 3: no key 'stepz'\n");
    assertThat(report.exitCode()).isEqualTo(ExitCode.USAGE);
  }

  static Stream<RivuletException> failuresOnTheWay() {
    return Stream.of(
        new RunException("run r has no checkpoint"),
        new DamageException("tensor t is damaged"),
        new FencedException("run r was taken over by another trainer"));
  }

  @ParameterizedTest
  @MethodSource("failuresOnTheWay")
  void report_otherMembersOfTheFamily_areOneLineAndExitWithFailed(RivuletException failure) {
    Report report = report(failure);

    assertThat(report.text()).isEqualTo("rivulet: " + failure.getMessage() + "\n");
    assertThat(report.exitCode()).isEqualTo(ExitCode.FAILED);
  }

  static Stream<Exception> bugs() {
    return Stream.of(
        new IllegalArgumentException("rank -1"),
        new IllegalStateException("closed"),
        new NullPointerException("no layer"),
        new IOException("stream closed"));
  }

  @ParameterizedTest
  @MethodSource("bugs")
  void report_bug_keepsItsStackTraceAndExitsWithFailed(Exception bug) {
    Report report = report(bug);

    assertThat(report.text()).startsWith(bug.toString()).contains("\tat dev.rivulet");
    assertThat(report.exitCode()).isEqualTo(ExitCode.FAILED);
  }

  @Test
  void report_fileThatIsMissing_namesTheFileInOneLine() {
    Report thrown = report(new NoSuchFileException("models/bge"));
    Report wrapped = report(new UncheckedIOException(new NoSuchFileException("models/bge")));

    assertThat(thrown.text()).isEqualTo("rivulet: models/bge: no such file or folder\n");
    assertThat(wrapped).isEqualTo(thrown);
    assertThat(thrown.exitCode()).isEqualTo(ExitCode.USAGE);
  }

  @Test
  void report_refusalByKafka_isOneLineWithTheReason() {
    Report report =
        report(
            new KafkaException(
                "Failed to construct kafka consumer",
                new TopicAuthorizationException("Not authorized to access topics: [steps]")));

    assertThat(report.lines()).isEqualTo(1);
    assertThat(report.text()).contains("Not authorized to access topics: [steps]");
    assertThat(report.exitCode()).isEqualTo(ExitCode.FAILED);
  }

  @Test
  void report_stackTraceAskedFor_printsIt() {
    Report report = report(new RunException("run r has no checkpoint"), true);

    assertThat(report.text()).contains("RunException: run r has no checkpoint", "\tat dev.rivulet");
  }

  private static Report report(Exception failure) {
    return report(failure, false);
  }

  private static Report report(Exception failure, boolean stackTrace) {
    StringWriter err = new StringWriter();
    CommandLine command = new CommandLine(new Fails()).setErr(new PrintWriter(err, true));
    int exitCode =
        new Failures(() -> stackTrace)
            .handleExecutionException(failure, command, command.parseArgs());
    return new Report(exitCode, err.toString().replace(System.lineSeparator(), "\n"));
  }
}
