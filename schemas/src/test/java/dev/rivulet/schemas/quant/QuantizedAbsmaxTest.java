package dev.rivulet.schemas.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.rivulet.schemas.fold.KeyedRandom;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("cross-check")
class QuantizedAbsmaxTest {
  private final float[] normal = KeyedRandom.of(1, "absmax", "normal", 0).normal(1_000_003);
  private final Nf4Tensor tensor = Nf4.quantize(normal);

  @Test
  void map_everyCode_hasTheValueOfTheDynamicMap() {
    for (int code = 1; code < 256; code++) {
      assertThat(DynamicMap.value((byte) code)).isGreaterThan(DynamicMap.value((byte) (code - 1)));
    }
    assertThat(DynamicMap.value((byte) 0)).isEqualTo((float) -0.99296875);
    assertThat(DynamicMap.value((byte) 126)).isEqualTo(-5.5e-7f);
    assertThat(DynamicMap.value((byte) 127)).isZero();
    assertThat(DynamicMap.value((byte) 128)).isEqualTo(5.5e-7f);
    // Two parts of [0.1, 1], times 1e-5, have the midpoints 0.325 and 0.775; four parts, times
    // 1e-4,
    // begin with 0.2125.
    assertThat(DynamicMap.value((byte) 129)).isEqualTo(3.25e-6f);
    assertThat(DynamicMap.value((byte) 130)).isEqualTo(7.75e-6f);
    assertThat(DynamicMap.value((byte) 131)).isEqualTo(2.125e-5f);
    assertThat(DynamicMap.value((byte) 254)).isEqualTo((float) 0.99296875);
    assertThat(DynamicMap.value((byte) 255)).isEqualTo(1);
  }

  @Test
  void map_anyValue_returnsTheNearestCode() {
    KeyedRandom random = KeyedRandom.of(1, "absmax", "codes", 0);
    for (int i = 0; i < 50_000; i++) {
      float value = (float) (2 * random.uniform(2L * i) - 1);
      requireNearest(value);
      requireNearest(value * (float) Math.pow(10, -8 * random.uniform(2L * i + 1)));
    }
    for (int code = 0; code < 256; code++) {
      float value = DynamicMap.value((byte) code);
      assertThat(DynamicMap.code(value)).isEqualTo((byte) code);
    }
    requireNearest(-1);
  }

  @Test
  void map_tie_goesToTheLowerCode() {
    assertThat(DynamicMap.code(5.5e-7f / 2)).isEqualTo((byte) 127);
    assertThat(DynamicMap.code(Math.nextUp(5.5e-7f / 2))).isEqualTo((byte) 128);
    assertThat(DynamicMap.code(-5.5e-7f / 2)).isEqualTo((byte) 126);
  }

  @Test
  void of_absmaxOfWeights_hasAnErrorOfAtMostHalfAStepOfTheMap() {
    float[] absmax = tensor.absmax();
    QuantizedAbsmax quantized = QuantizedAbsmax.of(absmax);
    float[] back = quantized.dequantize();
    assertThat(back).hasSameSizeAs(absmax);
    for (int i = 0; i < absmax.length; i++) {
      // Half of 0.9/64, the step of the decade where the map is widest.
      double bound = 0.00704 * quantized.maxima()[i / QuantizedAbsmax.BLOCK];
      assertThat((double) back[i]).isCloseTo(absmax[i], within(bound));
    }
  }

  @Test
  void dequantize_weights_haveNearlyTheErrorOfFloatAbsmax() {
    float[] absmax = QuantizedAbsmax.of(tensor.absmax()).dequantize();
    float[] back = Nf4.dequantize(new Nf4Tensor(tensor.codes(), absmax, tensor.length()));
    assertThat(Nf4Test.relativeError(normal, back)).isCloseTo(0.0918, within(0.02 * 0.0918));
    assertThat(back).isNotEqualTo(Nf4.dequantize(tensor));
  }

  @Test
  void of_equalValues_areKept() {
    float[] absmax = {0.3f, 0.3f, 0.3f};
    QuantizedAbsmax quantized = QuantizedAbsmax.of(absmax);
    assertThat(quantized.codes()).containsExactly(127, 127, 127);
    assertThat(quantized.dequantize()).containsExactly(absmax);
  }

  @Test
  void dequantize_roundedBelowZero_isZero() {
    float[] absmax = new float[QuantizedAbsmax.BLOCK];
    Arrays.fill(absmax, 0, absmax.length / 2, 2);
    absmax[0] = 2.01f;
    QuantizedAbsmax quantized = QuantizedAbsmax.of(absmax);
    // The zeros lie 0.99 of the largest distance below the mean; the nearest in the map is
    // 0.99296875.
    float last = DynamicMap.value(quantized.codes()[absmax.length - 1]);
    assertThat(last * quantized.maxima()[0] + quantized.mean()).isNegative();
    assertThat(quantized.dequantize()).endsWith(0, 0, 0);
  }

  @Test
  void of_emptyArray_isEmpty() {
    QuantizedAbsmax quantized = QuantizedAbsmax.of(new float[0]);
    assertThat(quantized.dequantize()).isEmpty();
    assertThat(quantized.mean()).isZero();
  }

  @Test
  void of_nan_staysNan() {
    assertThat(QuantizedAbsmax.of(new float[] {1, Float.NaN}).dequantize())
        .containsExactly(Float.NaN, Float.NaN);
  }

  @Test
  void bytes_wholeBlocks_areFourPointOneBitsPerValue() {
    int length = 1 << 20;
    Nf4Tensor zeros = Nf4.quantize(new float[length]);
    QuantizedAbsmax absmax = QuantizedAbsmax.of(zeros.absmax());
    assertThat(absmax.bytes() + zeros.codes().length - Float.BYTES)
        .isEqualTo((long) (QuantizedAbsmax.BYTES_PER_VALUE * length));
    assertThat(8 * QuantizedAbsmax.BYTES_PER_VALUE).isCloseTo(4.127, within(5e-4));
  }

  @Test
  void record_maximaOfOtherLength_areRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new QuantizedAbsmax(new byte[257], new float[1], 0))
        .withMessage("257 absmax codes are 2 blocks, not 1");
  }

  private static void requireNearest(float value) {
    double nearest = Double.POSITIVE_INFINITY;
    for (int code = 0; code < 256; code++) {
      nearest = Math.min(nearest, Math.abs((double) value - DynamicMap.value((byte) code)));
    }
    double distance = Math.abs((double) value - DynamicMap.value(DynamicMap.code(value)));
    assertThat(distance).as("distance of %s", value).isEqualTo(nearest);
  }
}
