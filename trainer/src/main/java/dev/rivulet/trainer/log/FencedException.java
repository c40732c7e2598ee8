package dev.rivulet.trainer.log;

/** A newer trainer has taken over the run: this one must stop, and nothing it did since counts. */
public final class FencedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  FencedException(String run, String by) {
    super("run %s was taken over by another trainer (%s); this one stops".formatted(run, by));
  }
}
