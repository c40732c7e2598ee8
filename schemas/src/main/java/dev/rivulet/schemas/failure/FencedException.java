package dev.rivulet.schemas.failure;

import org.jspecify.annotations.Nullable;

/**
 * Another process has taken over what this one was doing. This one must stop; nothing that it has
 * written since counts.
 */
public final class FencedException extends RivuletException {
  private static final long serialVersionUID = 1L;

  public FencedException(String message) {
    this(message, null);
  }

  public FencedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
