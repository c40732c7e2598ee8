package dev.rivulet.trainer.score;

/** Told each time that a part of a measurement is done. */
@FunctionalInterface
public interface Progress {
  /** For measurements that nobody watches. */
  Progress NONE = () -> {};

  /**
   * Takes notice.
   *
   * @throws InterruptedException to end the measurement
   */
  void done() throws InterruptedException;
}
