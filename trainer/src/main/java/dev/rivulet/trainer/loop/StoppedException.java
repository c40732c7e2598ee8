package dev.rivulet.trainer.loop;

/** Thrown by a trainer that was closed before its run was over. Nothing committed is lost. */
public final class StoppedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  StoppedException(String run, Throwable cause) {
    super(
        "run %s was stopped; start it again to resume from its newest checkpoint".formatted(run),
        cause);
  }
}
