package dev.rivulet.trainer.factor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.djl.Device;
import dev.rivulet.schemas.fold.BaseForm;
import dev.rivulet.schemas.fold.BaseWeight;
import dev.rivulet.schemas.fold.Fold;
import dev.rivulet.schemas.fold.LayerFactor;
import dev.rivulet.schemas.fold.LowRank;
import dev.rivulet.schemas.fold.Rounding;
import dev.rivulet.schemas.quant.Nf4;
import dev.rivulet.schemas.quant.Nf4Tensor;
import dev.rivulet.schemas.quant.QuantizedAbsmax;
import dev.rivulet.schemas.tensor.Bfloat16;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Matrix;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each form on the engine against the same form in plain Java, bit for bit. */
@Tag("cross-check")
class WeightTest {
  private static final int RANK = 3;
  private static final float SCALE = 0.5f;

  private final Kernels kernels = Kernels.load(Device.cpu(), 1);

  @AfterEach
  void close() {
    kernels.close();
  }

  /** 10 · 24 values are no whole number of NF4 blocks. */
  @ParameterizedTest
  @CsvSource({"16,48", "10,24"})
  void floats_nf4_areThoseOfTheCodec(int in, int out) {
    float[] values = Matrix.normal("weight", in, out).floats();

    assertThat(weight(BaseForm.NF4, values, in, out).floats())
        .containsExactly(Nf4.dequantize(Nf4.quantize(values)));
  }

  @Test
  void floats_bf16_areRoundedToNearestEven() {
    float[] values = Matrix.normal("weight", 16, 48).floats();
    float[] expected = Bfloat16.fromBits(Bfloat16.toBits(values));

    assertThat(weight(BaseForm.BF16, values, 16, 48).floats()).containsExactly(expected);
    assertThat(expected).isNotEqualTo(values);
  }

  @ParameterizedTest
  @CsvSource({"16,48,", "10,24,", "16,48,77", "10,24,77"})
  void add_eachForm_isTheFold(int in, int out, @Nullable Long key) {
    Rounding rounding = new Rounding(key);
    float[] values = Matrix.normal("weight", in, out).floats();
    float[] left = Matrix.normal("left", in, RANK).floats();
    float[] right = Matrix.normal("right", RANK, out).floats();
    LowRank update = new LowRank(in, out, RANK, SCALE, left, right);
    float[] dense = values.clone();
    Fold.add(dense, update);
    short[] bits = Bfloat16.toBits(values);
    Fold.add(bits, update, rounding);
    Nf4Tensor codes = Nf4.quantize(values);
    Fold.add(codes, update, rounding);
    BaseWeight twice = BaseWeight.DoublyPacked.of(in, out, Nf4.quantize(values));
    twice.add(update, rounding);
    LayerFactor factor = new LayerFactor("layer", 0, update, rounding);

    assertThat(folded(BaseForm.FP32, values, factor, in, out)).containsExactly(dense);
    assertThat(folded(BaseForm.BF16, values, factor, in, out))
        .containsExactly(Bfloat16.fromBits(bits));
    assertThat(folded(BaseForm.NF4, values, factor, in, out))
        .containsExactly(Nf4.dequantize(codes));
    assertThat(folded(BaseForm.NF4_DQ, values, factor, in, out)).containsExactly(twice.floats());
  }

  /** 600 blocks have three maxima; their absmax differ by orders of magnitude, and reach 0. */
  @Test
  void floats_doublyQuantised_areThoseOfTheCodec() {
    float[] values = Matrix.normal("weight", 240, 160).floats();
    for (int i = 0; i < values.length; i++) {
      values[i] *= (float) Math.pow(10, -(i / Nf4.BLOCK) % 9);
    }
    Arrays.fill(values, 128, 192, 0);
    Nf4Tensor single = Nf4.quantize(values);
    QuantizedAbsmax absmax = QuantizedAbsmax.of(single.absmax());
    Nf4Tensor expected = new Nf4Tensor(single.codes(), absmax.dequantize(), values.length);

    Weight weight = weight(BaseForm.NF4_DQ, values, 240, 160);

    assertThat(weight.floats()).containsExactly(Nf4.dequantize(expected));
    assertThat(weight.copy().floats()).containsExactly(Nf4.dequantize(expected));
    assertThat(weight.floats()).isNotEqualTo(Nf4.dequantize(single));
  }

  @Test
  void bytes_eachForm_areWhatItTakes() {
    float[] values = new float[64 * 64];

    assertThat(bytes(weight(BaseForm.FP32, values, 64, 64))).isEqualTo(4 * 64 * 64);
    assertThat(bytes(weight(BaseForm.BF16, values, 64, 64))).isEqualTo(2 * 64 * 64);
    assertThat(bytes(weight(BaseForm.NF4, values, 64, 64))).isEqualTo(64 * 64 / 2 + 4 * 64);
    assertThat(bytes(weight(BaseForm.NF4_DQ, values, 64, 64)))
        .isEqualTo(64 * 64 / 2 + 64 + 4 * (1 + 1));
  }

  @Test
  void of_nf4WithAnOddWidth_namesTheTensor() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> weight(BaseForm.NF4, new float[6], 2, 3))
        .withMessageContaining("tensor weight")
        .withMessageContaining("3");
  }

  private static long bytes(Weight weight) {
    return weight.parameters().stream().mapToLong(parameter -> parameter.bytes()).sum();
  }

  private float[] folded(BaseForm form, float[] values, LayerFactor factor, int in, int out) {
    Weight weight = weight(form, values, in, out);
    weight.add(factor);
    return weight.floats();
  }

  private Weight weight(BaseForm form, float[] values, int in, int out) {
    return Weight.of(kernels, "weight", form, values, in, out);
  }
}
