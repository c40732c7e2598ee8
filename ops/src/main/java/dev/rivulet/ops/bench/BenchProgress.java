package dev.rivulet.ops.bench;

import java.io.PrintWriter;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;

/**
 * How far a benchmark is, on the error stream: a bar for each part on a terminal, elsewhere a line.
 */
final class BenchProgress implements AutoCloseable {
  private final PrintWriter err;
  private final boolean terminal;
  private @Nullable ProgressBar bar;

  /**
   * Shows nothing yet.
   *
   * @param terminal whether the error stream is one
   */
  BenchProgress(PrintWriter err, boolean terminal) {
    this.err = err;
    this.terminal = terminal;
  }

  /** Begins the next part. */
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
      tell("%s", name);
    }
  }

  /**
   * Tells that one step of the part is done.
   *
   * @throws InterruptedException when the thread was interrupted: the engine takes no notice of it
   */
  void done() throws InterruptedException {
    if (bar != null) {
      bar.step();
    }
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }

  /** Tells something besides, between two parts. */
  void tell(String format, Object... values) {
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
