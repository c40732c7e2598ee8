package dev.rivulet.trainer.fault;

import com.sun.jna.Function;
import java.util.Arrays;

/** A signal, with its number on Linux. */
public enum Signal {
  /** Ends a process at once, without hooks and without a flush. */
  KILL(9),
  /** Holds all threads of a process. */
  STOP(19),
  /** Continues a held process. */
  CONT(18);

  /** The exit status of a process that {@link #KILL} ended. */
  public static final int KILLED = 128 + 9;

  private final int number;

  Signal(int number) {
    this.number = number;
  }

  /**
   * Sends the signal to the calling thread, and so to its process; the rules of a {@link Trap} call
   * it. A signal to the process could be delivered to another thread while the caller continues.
   */
  public void raise() {
    call("raise", number);
  }

  /** Sends the signal to a process. */
  public void sendTo(long pid) {
    call("kill", Math.toIntExact(pid), number);
  }

  private static void call(String function, Object... arguments) {
    if (Function.getFunction("c", function).invokeInt(arguments) != 0) {
      throw new IllegalStateException(function + Arrays.toString(arguments) + " failed");
    }
  }

  /** Returns a call of {@link #raise} as source text. */
  public String source() {
    return "%s.%s.raise()".formatted(Signal.class.getName(), name());
  }
}
