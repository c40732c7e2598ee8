package dev.rivulet.schemas.fold;

import java.util.concurrent.ForkJoinPool;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The thread pool for the parallel streams of a benchmark. */
@State(Scope.Benchmark)
public class Threads {
  /** Number of threads. */
  @Param("1")
  public int threads;

  private ForkJoinPool pool;

  /** Starts the pool. */
  @Setup
  public void start() {
    pool = new ForkJoinPool(threads);
  }

  /** Runs work whose parallel streams use only these threads. */
  void run(Runnable work) {
    pool.submit(work).join();
  }

  /** Stops the pool. */
  @TearDown
  public void stop() {
    pool.shutdown();
  }
}
