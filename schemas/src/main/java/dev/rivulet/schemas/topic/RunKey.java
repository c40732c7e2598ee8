package dev.rivulet.schemas.topic;

import dev.rivulet.schemas.failure.UsageException;

/** The keys of run-scoped records: {@code run}, or {@code run/part}. */
public final class RunKey {
  private RunKey() {}

  /** Returns the key of a part (a layer, a tensor, a checkpoint) of a run. */
  public static String of(String run, String part) {
    return run + "/" + part;
  }

  /** Returns the run that a key belongs to. */
  public static String run(String key) {
    int slash = key.indexOf('/');
    return slash < 0 ? key : key.substring(0, slash);
  }

  /**
   * Checks a name for a run: letters, digits, dots, dashes and underscores.
   *
   * @throws UsageException when it holds anything else
   */
  public static String requireValid(String run) {
    return requireValid("run", run);
  }

  /**
   * Checks a name that keys begin with, as {@link #requireValid(String)} does.
   *
   * @param what what is named, for the message: run, stream, source
   * @throws UsageException when it holds anything else
   */
  public static String requireValid(String what, String name) {
    if (!name.matches("[A-Za-z0-9._-]{1,100}")) {
      throw new UsageException(
          "%s name '%s': use 1 to 100 letters, digits, dots, dashes and underscores"
              .formatted(what, name));
    }
    return name;
  }
}
