package dev.rivulet.ops.bench;

import dev.rivulet.trainer.tensor.GemmProbe;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Precision;
import java.util.EnumMap;
import java.util.Map;

/**
 * The device's ceiling: the best rate of large matrix products in each precision, over probes
 * throughout the benchmark, because other load may slow any single probe.
 */
final class Ceiling {
  private static final int SMALLEST = 256;
  private static final int LARGEST = 8192;
  private static final int REPETITIONS = 5;

  /** Longest time of one product, in seconds: bfloat16 is very slow on some processors. */
  private static final double MAX_SECONDS = 0.25;

  private final Kernels kernels;
  private final Map<Precision, Double> flops = new EnumMap<>(Precision.class);

  Ceiling(Kernels kernels) {
    this.kernels = kernels;
  }

  /** Measures again, with the largest products that take at most {@value #MAX_SECONDS} s. */
  void measure() {
    for (Precision precision : Precision.values()) {
      int size = SMALLEST;
      double rate = new GemmProbe(size, 1).flops(kernels, precision);
      while (2 * size <= LARGEST && flop(2 * size) / rate <= MAX_SECONDS) {
        size *= 2;
        rate = Math.max(rate, new GemmProbe(size, REPETITIONS).flops(kernels, precision));
      }
      flops.merge(precision, rate, Math::max);
    }
  }

  private static double flop(double size) {
    return 2 * size * size * size;
  }

  /** Returns the rate of a precision, in floating-point operations per second. */
  double flops(Precision precision) {
    Double rate = flops.get(precision);
    if (rate == null) {
      throw new IllegalStateException("not measured yet");
    }
    return rate;
  }

  /** Returns the rates of all precisions: a multiply-add is two operations. */
  Map<Precision, Double> flops() {
    return new EnumMap<>(flops);
  }
}
