package dev.rivulet.ops.console;

/** The exit codes of the program. */
public final class ExitCode {
  /** Done. */
  public static final int OK = 0;

  /** Something failed on the way. */
  public static final int FAILED = 1;

  /** It was asked wrongly: options, configuration, or what they point to. */
  public static final int USAGE = 2;

  /** Done, but some of the input was rejected. */
  public static final int REJECTED = 3;

  /** Interrupted, as by Ctrl-C. */
  public static final int INTERRUPTED = 130;

  private ExitCode() {}
}
