package dev.rivulet.schemas.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.rivulet.schemas.fold.KeyedRandom;
import java.util.Arrays;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("cross-check")
class Nf4Test {
  /** Enough for several tasks, with an incomplete last block. */
  private static final int MANY = (1 << 20) + 37;

  private final float[] normal = KeyedRandom.of(1, "nf4", "normal", 0).normal(MANY);

  @Test
  void quantize_firstOfTwoValues_isInTheHighBits() {
    Nf4Tensor tensor = Nf4.quantize(new float[] {2, -2, 0, 2, -1, 1});
    assertThat(tensor.codes()).containsExactly(0xf0, 0x7f, 0x2c);
    assertThat(tensor.absmax()).containsExactly(2);
    assertThat(Nf4.dequantize(tensor))
        .containsExactly(2, -2, 0, 2, 2 * -0.52507305f, 2 * 0.44070983f);
  }

  @Test
  void quantize_lastBlockShorter_hasItsOwnAbsmaxAndPadsWithZero() {
    float[] values = new float[Nf4.BLOCK + 3];
    Arrays.fill(values, 8);
    values[Nf4.BLOCK] = -0.5f;
    values[Nf4.BLOCK + 1] = 0.25f;
    values[Nf4.BLOCK + 2] = 0.5f;
    Nf4Tensor tensor = Nf4.quantize(values);
    assertThat(tensor.absmax()).containsExactly(8, 0.5f);
    assertThat(tensor.codes()).hasSize(34).endsWith(0xff, 0x0c, 0xf7);
    assertThat(Nf4.dequantize(tensor)).hasSize(67).endsWith(8, -0.5f, 0.5f * 0.44070983f, 0.5f);
  }

  @Test
  void quantize_emptyArray_isEmpty() {
    Nf4Tensor tensor = Nf4.quantize(new float[0]);
    assertThat(tensor.bytes()).isZero();
    assertThat(Nf4.dequantize(tensor)).isEmpty();
  }

  @Test
  void quantize_blockOfZeros_givesZeros() {
    float[] values = new float[3 * Nf4.BLOCK];
    values[0] = 1;
    values[Nf4.BLOCK + 1] = -0f;
    values[values.length - 1] = -1;
    Nf4Tensor tensor = Nf4.quantize(values);
    assertThat(tensor.absmax()).containsExactly(1, 0, 1);
    values[Nf4.BLOCK + 1] = 0;
    assertThat(Nf4.dequantize(tensor)).containsExactly(values);
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void quantize_valueNotFinite_makesItsBlockNan(float value) {
    float[] values = Arrays.copyOf(normal, 3 * Nf4.BLOCK);
    values[Nf4.BLOCK + 5] = value;
    float[] back = Nf4.dequantize(Nf4.quantize(values));
    for (int i = 0; i < back.length; i++) {
      assertThat(Float.isNaN(back[i])).isEqualTo(i / Nf4.BLOCK == 1);
    }
  }

  @Test
  void quantize_dequantized_givesTheSameBits() {
    for (float scale : new float[] {1, 3e-3f, 1e30f, 1e-37f}) {
      float[] values = normal.clone();
      for (int i = 0; i < values.length; i++) {
        values[i] *= scale;
      }
      Nf4Tensor once = Nf4.quantize(values);
      Nf4Tensor twice = Nf4.quantize(Nf4.dequantize(once));
      assertThat(twice.codes()).isEqualTo(once.codes());
      assertThat(twice.absmax()).isEqualTo(once.absmax());
    }
  }

  @Test
  void quantize_smallestSubnormals_areKept() {
    float[] values = {Float.MIN_VALUE, -Float.MIN_VALUE, 0};
    assertThat(Nf4.dequantize(Nf4.quantize(values))).containsExactly(values);
  }

  @Test
  void quantize_normalValues_hasTheKnownError() {
    float[] back = Nf4.dequantize(Nf4.quantize(normal));
    assertThat(relativeError(normal, back)).isCloseTo(0.0918, within(0.02 * 0.0918));
  }

  @Test
  void quantize_anyValue_hasAnErrorOfAtMostHalfTheWidestGap() {
    float[] values = new float[MANY];
    KeyedRandom random = KeyedRandom.of(1, "nf4", "uniform", 0);
    for (int i = 0; i < MANY; i++) {
      values[i] = (float) (2 * random.uniform(i) - 1);
    }
    Nf4Tensor tensor = Nf4.quantize(values);
    float[] back = Nf4.dequantize(tensor);
    double worst = 0;
    for (int i = 0; i < MANY; i++) {
      double error = Math.abs((double) values[i] - back[i]);
      worst = Math.max(worst, error / tensor.absmax()[i / Nf4.BLOCK]);
    }
    assertThat(worst).isBetween(0.1515, 0.15191);
  }

  @Test
  void quantize_anyNumberOfThreads_givesTheSameBits() throws Exception {
    Nf4Tensor blocks = blockByBlock(normal);
    for (int threads : new int[] {1, 2, 7}) {
      ForkJoinPool pool = new ForkJoinPool(threads);
      try {
        Nf4Tensor tensor = pool.submit(() -> Nf4.quantize(normal)).get();
        assertThat(tensor.codes()).isEqualTo(blocks.codes());
        assertThat(tensor.absmax()).isEqualTo(blocks.absmax());
        float[] values = pool.submit(() -> Nf4.dequantize(tensor)).get();
        assertThat(values).isEqualTo(Nf4.dequantize(blocks));
      } finally {
        pool.shutdown();
      }
    }
  }

  @Test
  void quantize_range_changesOnlyItsBlocks() {
    Nf4Tensor tensor = Nf4.quantize(Arrays.copyOf(normal, 200));
    float[] before = Nf4.dequantize(tensor);
    Nf4.quantize(normal, 1000, tensor, 64, 128);
    float[] expected = before.clone();
    float[] part = Arrays.copyOfRange(normal, 1000, 1128);
    System.arraycopy(Nf4.dequantize(Nf4.quantize(part)), 0, expected, 64, 128);
    assertThat(Nf4.dequantize(tensor)).containsExactly(expected);

    float[] tail = new float[10];
    Nf4.dequantize(tensor, 192, tail, 2, 8);
    assertThat(tail).startsWith(0, 0).endsWith(Arrays.copyOfRange(before, 192, 200));
  }

  @Test
  void quantize_rangeOfPartialBlocks_isRefused() {
    Nf4Tensor tensor = Nf4.quantize(new float[200]);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Nf4.quantize(normal, 0, tensor, 64, 100))
        .withMessage("100 values from 64 on are not blocks of 64 of the 200 values");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Nf4.dequantize(tensor, 72, new float[128], 0, 128));
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> Nf4.dequantize(tensor, 192, new float[64], 0, 64));
  }

  @Test
  void tensor_arraysOfOtherLength_areRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Nf4Tensor(new byte[33], new float[1], 65))
        .withMessage("65 NF4 values take 33 code bytes and 2 blocks, not 33 and 1");
  }

  @Test
  void bytes_wholeBlocks_areFourAndAHalfBitsPerValue() {
    Nf4Tensor tensor = Nf4.quantize(new float[1 << 12]);
    assertThat(tensor.bytes()).isEqualTo((long) (Nf4.BYTES_PER_VALUE * (1 << 12)));
    assertThat(8 * Nf4.BYTES_PER_VALUE).isEqualTo(4.5);
  }

  static double relativeError(float[] values, float[] back) {
    double error = 0;
    double energy = 0;
    for (int i = 0; i < values.length; i++) {
      error += Math.pow((double) values[i] - back[i], 2);
      energy += Math.pow(values[i], 2);
    }
    return Math.sqrt(error / energy);
  }

  private static Nf4Tensor blockByBlock(float[] values) {
    Nf4Tensor tensor = Nf4.quantize(new float[values.length]);
    for (int begin = 0; begin < values.length; begin += Nf4.BLOCK) {
      int count = Math.min(Nf4.BLOCK, values.length - begin);
      Nf4.quantize(values, begin, tensor, begin, count);
    }
    return tensor;
  }
}
