package dev.rivulet.schemas.failure;

import org.jspecify.annotations.Nullable;

/** Data that is not what its hash, its manifest or its format says. */
public non-sealed class DamageException extends RivuletException {
  private static final long serialVersionUID = 1L;

  public DamageException(String message) {
    this(message, null);
  }

  public DamageException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
