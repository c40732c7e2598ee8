package dev.rivulet.ops.fault;

import com.sun.jna.Function;

/** A signal, by its number on Linux. */
public enum Signal {
  /** Ends a process at once: no hook runs, nothing is flushed. */
  KILL(9),
  /** Holds all threads of a process. */
  STOP(19),
  /** Lets a held process go on. */
  CONT(18);

  /** What Java, as a shell, reports of a process that {@link #KILL} ended. */
  static final int KILLED = 128 + 9;

  private final int number;

  Signal(int number) {
    this.number = number;
  }

  /** Sends it to the process that this is called in, as the rules of a {@link Trap} do. */
  public void raise() {
    sendTo(ProcessHandle.current().pid());
  }

  /** Sends it to a process. */
  void sendTo(long pid) {
    Object[] arguments = {Math.toIntExact(pid), number};
    int failed = Function.getFunction("c", "kill").invokeInt(arguments);
    if (failed != 0) {
      throw new IllegalStateException("kill(%d, %d) failed".formatted(pid, number));
    }
  }

  /** Returns a call of {@link #raise}, as source text. */
  String call() {
    return "%s.%s.raise()".formatted(Signal.class.getName(), name());
  }
}
