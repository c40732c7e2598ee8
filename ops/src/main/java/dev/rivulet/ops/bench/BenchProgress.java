package dev.rivulet.ops.bench;

import java.io.PrintWriter;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;

/** The progress of a benchmark on the error stream: a bar per part on a terminal, else a line. */
final class BenchProgress implements AutoCloseable {
  private final PrintWriter err;
  private final boolean terminal;
  private @Nullable ProgressBar bar;

  /**
   * Creates a display.
   *
   * @param terminal whether the error stream is a terminal
   */
  BenchProgress(PrintWriter err, boolean terminal) {
    this.err = err;
    this.terminal = terminal;
  }

  /** Starts the next part. */
  void part(String name, int steps) {
    close();
    if (terminal) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(name)
              .setInitialMax(steps)
              .setConsumer(new ConsoleProgressBarConsumer(System.err))
              .build();
    } else {
      print("%s", name);
    }
  }

  /**
   * Marks one step of the part as done.
   *
   * @throws InterruptedException when the thread was interrupted: the engine ignores interrupts
   */
  void done() throws InterruptedException {
    if (bar != null) {
      bar.step();
    }
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }

  /** Prints a line between two parts. */
  void print(String format, Object... values) {
    close();
    err.println(String.format(Locale.ROOT, format, values));
    err.flush();
  }

  /** Ends the part. */
  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
