package dev.rivulet.ops.console;

/** The exit codes of the program. */
public final class ExitCode {
  /** Success. */
  public static final int OK = 0;

  /** A failure during the work. */
  public static final int FAILED = 1;

  /** A mistake of the user: in the options, the configuration, or the files they name. */
  public static final int USAGE = 2;

  /** Success, but part of the input was rejected. */
  public static final int REJECTED = 3;

  /** Interrupted, for example by Ctrl-C. */
  public static final int INTERRUPTED = 130;

  private ExitCode() {}
}
