package dev.rivulet.schemas.failure;

import org.jspecify.annotations.Nullable;

/**
 * A run, or a role of it, cannot continue: the log or the cluster is not in the state that it
 * needs.
 */
public non-sealed class RunException extends RivuletException {
  private static final long serialVersionUID = 1L;

  public RunException(String message) {
    this(message, null);
  }

  public RunException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
