package dev.rivulet.ops.cli;

import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.ops.pipeline.RoleException;
import dev.rivulet.schemas.failure.RivuletException;
import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.failure.UsageException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/**
 * Reports how a command failed: one line for what a person can act on, which is a {@link
 * RivuletException}; a stack trace for a bug, which is everything else, or where it is asked for.
 */
final class Failures implements IExecutionExceptionHandler {
  private final BooleanSupplier stackTrace;

  Failures(BooleanSupplier stackTrace) {
    this.stackTrace = stackTrace;
  }

  @Override
  public int handleExecutionException(
      Exception failure, CommandLine command, ParseResult arguments) {
    if (failure instanceof InterruptedException || failure instanceof InterruptException) {
      return ExitCode.INTERRUPTED;
    }
    String role = failure instanceof RoleException of ? of.role() + ": " : "";
    Throwable cause = failure instanceof RoleException of ? of.failure() : failure;
    Optional<RivuletException> known = known(cause);
    if (known.isEmpty() || stackTrace.getAsBoolean()) {
      failure.printStackTrace(command.getErr());
    } else {
      command.getErr().println("rivulet: " + role + known.get().getMessage());
    }
    return known.filter(UsageException.class::isInstance).isPresent()
        ? ExitCode.USAGE
        : ExitCode.FAILED;
  }

  /**
   * Returns a failure as a member of the family. Two kinds of others come from outside and are no
   * bugs: what the file system refuses, which names the file, and what Kafka's clients report.
   */
  private static Optional<RivuletException> known(Throwable failure) {
    if (failure instanceof RivuletException known) {
      return Optional.of(known);
    } else if (failure instanceof FileSystemException file) {
      return Optional.of(UsageException.of(file));
    } else if (failure instanceof UncheckedIOException unchecked
        && unchecked.getCause() instanceof FileSystemException file) {
      return Optional.of(UsageException.of(file));
    } else if (failure instanceof KafkaException kafka) {
      return Optional.of(new RunException(words(kafka), kafka));
    }
    return Optional.empty();
  }

  /** Kafka's clients wrap the reason: "Failed to construct kafka consumer" alone does not help. */
  private static String words(KafkaException failure) {
    String words = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    String reason = failure.getCause() instanceof KafkaException cause ? cause.getMessage() : null;
    return reason == null || words.contains(reason) ? words : "%s: %s".formatted(words, reason);
  }
}
