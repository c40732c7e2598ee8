package dev.rivulet.schemas.fold;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A benchmark that folds one factor into one weight. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FoldBenchmark {
  static final int RANK = 32;

  private static final float SCALE = 1e-3f;

  /** Form of the weight. */
  @Param({"FP32", "BF16", "NF4"})
  public BaseForm form = BaseForm.FP32;

  /** Rows and columns of the weight. */
  @Param({"512x1376", "2048x5461"})
  public String shape = "512x1376";

  private BaseWeight weight;
  private float[] left; // [in, rank]
  private float[] right; // [rank, out]
  private float scale;

  /** Draws the weight and the factor. */
  @Setup
  public void draw() {
    int in = Integer.parseInt(shape.substring(0, shape.indexOf('x')));
    int out = Integer.parseInt(shape.substring(shape.indexOf('x') + 1));
    weight = form.weight(InitialWeight.drawn(0, "weight", in * out, 0.02f), in, out);
    left = InitialWeight.drawn(0, "left", in * RANK, 1);
    right = InitialWeight.drawn(0, "right", RANK * out, 1);
    scale = SCALE;
  }

  /** Adds the factor, and subtracts it in the next call. */
  @Benchmark
  public void fold(Threads threads) {
    scale = -scale;
    threads.run(() -> weight.add(update(), Rounding.NEAREST));
  }

  private LowRank update() {
    return new LowRank(weight.in(), weight.out(), RANK, scale, left, right);
  }
}
