package dev.rivulet.schemas.failure;

import org.jspecify.annotations.Nullable;

/**
 * A failure that a person can act on. Its message is complete by itself: it says what is wrong,
 * where (file and line, key, topic, partition and offset), and what to do. It holds no secret.
 *
 * <p>Throw a member of this family for what a user, an operator or the environment can cause. Throw
 * {@link IllegalArgumentException} or {@link IllegalStateException} for what only a bug can cause.
 */
public abstract sealed class RivuletException extends RuntimeException
    permits UsageException, RunException, DamageException, FencedException {
  private static final long serialVersionUID = 1L;

  RivuletException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
