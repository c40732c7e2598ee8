package dev.rivulet.ops.status.board;

/** A value with its place in a run's history. */
public interface Placed {
  /** Returns the run epoch that it belongs to. */
  int epoch();

  /** Returns the step that it belongs to. */
  long step();
}
