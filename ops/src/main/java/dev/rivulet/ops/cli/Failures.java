package dev.rivulet.ops.cli;

import dev.rivulet.ops.config.ConfigException;
import dev.rivulet.ops.console.ExitCode;
import dev.rivulet.ops.pipeline.RoleException;
import dev.rivulet.schemas.checkpoint.DamagedTensorException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/**
 * The way failures are told: one line, and a stack trace only for what is a fault of the program or
 * when asked for.
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
    Throwable cause = failure instanceof RoleException of ? of.failure() : failure;
    if (stackTrace.getAsBoolean() || !expected(cause)) {
      failure.printStackTrace(command.getErr());
    } else {
      String role = failure instanceof RoleException of ? of.role() + ": " : "";
      command.getErr().println("rivulet: " + role + line(cause));
    }
    return usage(cause) ? ExitCode.USAGE : ExitCode.FAILED;
  }

  private static boolean usage(Throwable failure) {
    return failure instanceof ConfigException
        || failure instanceof IllegalArgumentException
        || failure instanceof IllegalStateException
        || failure instanceof IOException
        || failure instanceof UncheckedIOException;
  }

  private static boolean expected(Throwable failure) {
    return usage(failure)
        || failure instanceof KafkaException
        || failure instanceof DamagedTensorException;
  }

  private static String line(Throwable failure) {
    if (failure instanceof UncheckedIOException
        && failure.getCause() instanceof IOException cause) {
      // Without a message of its own it repeats the cause, class name and all.
      return cause.toString().equals(failure.getMessage())
          ? line(cause)
          : failure.getMessage() + ": " + reason(cause);
    }
    return failure instanceof FileSystemException file
        ? file.getFile() + ": " + reason(file)
        : reason(failure);
  }

  private static String reason(Throwable failure) {
    if (failure instanceof FileSystemException file && file.getReason() != null) {
      return file.getReason();
    } else if (failure instanceof NoSuchFileException) {
      return "no such file or folder";
    } else if (failure instanceof AccessDeniedException) {
      return "permission denied";
    } else if (failure instanceof FileAlreadyExistsException) {
      return "exists already";
    }
    return failure.getMessage() == null ? failure.toString() : failure.getMessage();
  }
}
