package dev.rivulet.schemas.fold;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * A benchmark of the limits of plain Java on a machine: memory bandwidth, with copy and triad of
 * STREAM (McCalpin, 1995), and the rate of {@link Math#fma} in float32, with two loops.
 *
 * <p>{@code axpy} adds a multiple of one array to another, both in the L1 cache: two loads and a
 * store per multiply-add. {@code polynomial} does {@value #DEGREE} multiply-adds per load and
 * store: it is limited by the arithmetic units alone.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class BoundBenchmark {
  /** Values of an array in memory: 256 MiB, more than a last-level cache. */
  static final int LARGE = 1 << 26;

  /** Values of an array in the L1 cache: 4 KiB. */
  private static final int SMALL = 1 << 10;

  private static final int PASSES = 1 << 8;
  private static final int DEGREE = 16;
  private static final int PIECES = 64;
  private static final int PIECE = LARGE / PIECES;

  /** Multiply-adds per invocation of {@code axpy} and of {@code polynomial}. */
  static final double AXPY_OPERATIONS = (double) PIECES * PASSES * SMALL;

  static final double POLYNOMIAL_OPERATIONS = AXPY_OPERATIONS * DEGREE;

  private float[] to;
  private float[] from;
  private float[] other;

  /** Fills the arrays, so that their pages are mapped. */
  @Setup
  public void fill() {
    to = new float[LARGE];
    from = new float[LARGE];
    other = new float[LARGE];
    Arrays.fill(to, 1);
    Arrays.fill(from, 2);
    Arrays.fill(other, 3);
  }

  /** Copies an array: 8 bytes per value. */
  @Benchmark
  public void copy(Threads threads) {
    threads.run(() -> pieces().forEach(piece -> copy(to, from, piece * PIECE)));
  }

  private static void copy(float[] to, float[] from, int begin) {
    for (int i = begin; i < begin + PIECE; i++) {
      to[i] = from[i];
    }
  }

  /** Adds a multiple of an array to another, into a third: 12 bytes per value. */
  @Benchmark
  public void triad(Threads threads) {
    threads.run(() -> pieces().forEach(piece -> triad(to, from, other, piece * PIECE)));
  }

  private static void triad(float[] to, float[] from, float[] other, int begin) {
    for (int i = begin; i < begin + PIECE; i++) {
      to[i] = from[i] + 0.5f * other[i];
    }
  }

  /** Multiply-adds between arrays in the L1 cache. */
  @Benchmark
  public double axpy(Threads threads) {
    float[] sums = new float[PIECES];
    threads.run(
        () ->
            pieces()
                .forEach(
                    piece -> {
                      float[] line = new float[SMALL];
                      float[] values = new float[SMALL];
                      Arrays.fill(values, piece);
                      for (int pass = 0; pass < PASSES; pass++) {
                        axpy(line, values, 1e-3f);
                      }
                      sums[piece] = line[piece];
                    }));
    return sums[PIECES - 1];
  }

  private static void axpy(float[] line, float[] values, float factor) {
    for (int i = 0; i < line.length; i++) {
      line[i] = Math.fma(factor, values[i], line[i]);
    }
  }

  /** Multiply-adds on values that stay in registers. */
  @Benchmark
  public double polynomial(Threads threads) {
    float[] sums = new float[PIECES];
    threads.run(
        () ->
            pieces()
                .forEach(
                    piece -> {
                      float[] line = new float[SMALL];
                      Arrays.fill(line, piece);
                      for (int pass = 0; pass < PASSES; pass++) {
                        polynomial(line, 0.5f, 0.25f);
                      }
                      sums[piece] = line[piece];
                    }));
    return sums[PIECES - 1];
  }

  /** Takes {@value #DEGREE} steps of x ← a·x + b. */
  private static void polynomial(float[] line, float a, float b) {
    for (int i = 0; i < line.length; i++) {
      float x = line[i];
      x = Math.fma(a, x, b);
      x = Math.fma(a, x, b);
      x = Math.fma(a, x, b);
      x = Math.fma(a, x, b);
      x = Math.fma(a, x, b);
      x = Math.fma(a, x, b);
      x = Math.fma(a, x, b);
      x = Math.fma(a, x, b);
      x = Math.fma(a, x, b);
      x = Math.fma(a, x, b);
      x = Math.fma(a, x, b);
      x = Math.fma(a, x, b);
      x = Math.fma(a, x, b);
      x = Math.fma(a, x, b);
      x = Math.fma(a, x, b);
      line[i] = Math.fma(a, x, b);
    }
  }

  private static IntStream pieces() {
    return IntStream.range(0, PIECES).parallel();
  }
}
