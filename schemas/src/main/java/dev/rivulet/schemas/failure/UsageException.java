package dev.rivulet.schemas.failure;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A mistake in what the user asked for: options, configuration, or the files that they point to.
 */
public non-sealed class UsageException extends RivuletException {
  private static final long serialVersionUID = 1L;

  public UsageException(String message) {
    this(message, null);
  }

  public UsageException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /**
   * Returns the failure of an operation on a user's file or folder; the message is "FILE: REASON".
   *
   * @param file named when the failure itself names no file
   */
  public static UsageException of(Path file, IOException failure) {
    if (failure instanceof FileSystemException named && named.getFile() != null) {
      return of(named);
    }
    return new UsageException("%s: %s".formatted(file, reason(failure)), failure);
  }

  /** Returns the failure of an operation on the file that the failure names. */
  public static UsageException of(FileSystemException failure) {
    return new UsageException("%s: %s".formatted(failure.getFile(), reason(failure)), failure);
  }

  private static String reason(IOException failure) {
    if (failure instanceof FileSystemException file && file.getReason() != null) {
      return file.getReason();
    } else if (failure instanceof NoSuchFileException) {
      return "no such file or folder";
    } else if (failure instanceof AccessDeniedException) {
      return "permission denied";
    } else if (failure instanceof FileAlreadyExistsException) {
      return "exists already";
    } else if (failure instanceof NotDirectoryException) {
      return "not a folder";
    } else if (failure instanceof DirectoryNotEmptyException) {
      return "the folder is not empty";
    }
    return failure.getMessage() == null ? failure.toString() : failure.getMessage();
  }
}
