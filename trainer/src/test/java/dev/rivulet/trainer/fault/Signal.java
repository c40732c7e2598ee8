package dev.rivulet.trainer.fault;

import com.sun.jna.Function;
import java.util.Arrays;

/** A signal, by its number on Linux. */
public enum Signal {
  /** Ends a process at once: no hook runs, nothing is flushed. */
  KILL(9),
  /** Holds all threads of a process. */
  STOP(19),
  /** Lets a held process go on. */
  CONT(18);

  /** What Java, as a shell, reports of a process that {@link #KILL} ended. */
  public static final int KILLED = 128 + 9;

  private final int number;

  Signal(int number) {
    this.number = number;
  }

  /**
   * Sends it to the thread that this is called in, and so to its process, as the rules of a {@link
   * Trap} do. A thread that sent it to the process might run on until another one has taken it.
   */
  public void raise() {
    call("raise", number);
  }

  /** Sends it to a process. */
  public void sendTo(long pid) {
    call("kill", Math.toIntExact(pid), number);
  }

  private static void call(String function, Object... arguments) {
    if (Function.getFunction("c", function).invokeInt(arguments) != 0) {
      throw new IllegalStateException(function + Arrays.toString(arguments) + " failed");
    }
  }

  /** Returns a call of {@link #raise}, as source text. */
  public String source() {
    return "%s.%s.raise()".formatted(Signal.class.getName(), name());
  }
}
