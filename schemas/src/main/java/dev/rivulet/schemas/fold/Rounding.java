package dev.rivulet.schemas.fold;

import dev.rivulet.schemas.quant.Nf4;
import dev.rivulet.schemas.quant.Nf4Tensor;
import dev.rivulet.schemas.tensor.Bfloat16;
import org.jspecify.annotations.Nullable;

/**
 * The rounding of a folded weight to its storage form: each element to the nearest value, or
 * stochastically to one of its two neighbours with probabilities that make the expected value
 * exact.
 *
 * <p>Rounding to nearest loses every update smaller than half the distance to the next value, even
 * if it repeats. Stochastic rounding keeps it on average: over keys, the expected value of an
 * element is the element. The random bits of element i (row-major) are word i of the generator with
 * this key. A weight is therefore rounded to the same bits on any machine and by any number of
 * threads.
 *
 * @param key key of the random bits; null for rounding to nearest
 */
public record Rounding(@Nullable Long key) {
  /** To the nearest value. */
  public static final Rounding NEAREST = new Rounding(null);

  /** Returns values in NF4, with the same bits as a fold leaves them. */
  public Nf4Tensor toNf4(float[] values) {
    Nf4Tensor tensor = Nf4Tensor.zeros(values.length);
    Nf4.forEachSpan(values.length, (begin, count) -> quantize(values, begin, tensor, begin, count));
    return tensor;
  }

  /** Returns values in bfloat16, with the same bits as a fold leaves them. */
  public short[] toBfloat16(float[] values) {
    short[] bits = new short[values.length];
    Nf4.forEachSpan(values.length, (begin, count) -> narrow(values, begin, bits, begin, count));
    return bits;
  }

  /** Rounds whole blocks, like {@link Nf4#quantize(float[], int, Nf4Tensor, int, int)}. */
  void quantize(float[] values, int at, Nf4Tensor tensor, int begin, int count) {
    if (key == null) {
      Nf4.quantize(values, at, tensor, begin, count);
    } else {
      Nf4.quantize(values, at, tensor, begin, count, random(key).words(begin, count));
    }
  }

  /**
   * Rounds to bfloat16.
   *
   * @param values input, read from {@code at} on
   * @param bits output, written from {@code begin} on
   */
  void narrow(float[] values, int at, short[] bits, int begin, int count) {
    if (key == null) {
      for (int i = 0; i < count; i++) {
        bits[begin + i] = Bfloat16.toBits(values[at + i]);
      }
    } else {
      int[] words = random(key).words(begin, count);
      for (int i = 0; i < count; i++) {
        bits[begin + i] = Bfloat16.toBits(values[at + i], words[i]);
      }
    }
  }

  private static KeyedRandom random(long key) {
    return KeyedRandom.ofKey((int) (key >>> 32), (int) key);
  }
}
