package dev.rivulet.ops.status.board;

/** A value with its position in a run's history. */
public interface Placed {
  /** Returns the run epoch of the value. */
  int epoch();

  /** Returns the step of the value. */
  long step();
}
