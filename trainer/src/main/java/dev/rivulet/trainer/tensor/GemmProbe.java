package dev.rivulet.trainer.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

/**
 * A measurement of matrix products: what the device gives at most.
 *
 * @param size rows, columns and depth of the product
 * @param repetitions products that are timed, after two that are not; the fastest counts
 */
public record GemmProbe(int size, int repetitions) {
  private static final GemmProbe QUICK = new GemmProbe(1024, 3);

  /** Returns the rate of a precision, in floating-point operations per second. */
  public double flops(Kernels kernels, Precision precision) {
    try (NDManager scratch = kernels.manager().newSubManager()) {
      NDArray x = scratch.ones(new Shape(size, size));
      NDArray typed = precision == Precision.BF16 ? kernels.callOne(scratch, "narrowed", x) : x;
      double best = Double.POSITIVE_INFINITY;
      for (int i = -2; i < repetitions; i++) {
        long begin = System.nanoTime();
        try (NDArray product = kernels.callOne(scratch, "product", typed, typed)) {
          kernels.callOne(scratch, "first", product).getFloat();
        }
        if (i >= 0) {
          best = Math.min(best, (System.nanoTime() - begin) / 1e9);
        }
      }
      return 2.0 * size * size * size / best;
    }
  }

  /** Returns the precision whose products are faster on the kernels' device. */
  public static Precision faster(Kernels kernels) {
    return QUICK.flops(kernels, Precision.BF16) > QUICK.flops(kernels, Precision.FP32)
        ? Precision.BF16
        : Precision.FP32;
  }
}
