package dev.rivulet.schemas.fold;

import java.util.concurrent.ForkJoinPool;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The threads that a benchmark's parallel streams have. */
@State(Scope.Benchmark)
public class Threads {
  /** How many. */
  @Param("1")
  public int threads;

  private ForkJoinPool pool;

  /** Starts them. */
  @Setup
  public void start() {
    pool = new ForkJoinPool(threads);
  }

  /** Runs something whose parallel streams use these threads and no others. */
  void run(Runnable work) {
    pool.submit(work).join();
  }

  /** Ends them. */
  @TearDown
  public void stop() {
    pool.shutdown();
  }
}
