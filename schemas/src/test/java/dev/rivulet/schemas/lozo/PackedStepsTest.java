package dev.rivulet.schemas.lozo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.rivulet.schemas.failure.DamageException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PackedStepsTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void unpack_packedSteps_restoresEveryBit(int directions) {
    List<TakenStep> steps =
        List.of(
            applied(41, 0.1 / 3, Long.MIN_VALUE + 7, directions, Float.MIN_VALUE),
            new TakenStep(42, 1e-7, false, new StepScalars(0, new float[directions])),
            applied(43, Double.MIN_VALUE, -1, directions, -0.0f));

    byte[] packed = PackedSteps.pack(steps, directions);

    assertThat(packed).hasSize(24 + 3 * (20 + 4 * directions));
    List<TakenStep> unpacked = PackedSteps.unpack(packed);
    assertThat(unpacked).usingRecursiveComparison().isEqualTo(steps);
    assertThat(PackedSteps.pack(unpacked, directions)).isEqualTo(packed);
  }

  @Test
  void pack_step_hasTheDocumentedLayout() {
    ByteBuffer bytes =
        ByteBuffer.wrap(PackedSteps.pack(List.of(applied(5, 0.25, 99, 2, 1.5f)), 2))
            .order(ByteOrder.LITTLE_ENDIAN);

    assertThat(new byte[] {bytes.get(), bytes.get(), bytes.get(), bytes.get()})
        .asString()
        .isEqualTo("RVZ1");
    assertThat(bytes.getInt()).isEqualTo(2);
    assertThat(bytes.getLong()).isEqualTo(1);
    assertThat(bytes.getLong()).isEqualTo(5);
    assertThat(bytes.getLong()).isEqualTo(99);
    assertThat(bytes.getDouble()).isEqualTo(0.25);
    assertThat(bytes.getInt()).isEqualTo(1);
    assertThat(bytes.getFloat()).isEqualTo(1.5f);
    assertThat(bytes.getFloat()).isEqualTo(2.5f);
    assertThat(bytes.remaining()).isZero();
  }

  @Test
  void unpack_noSteps_isEmpty() {
    assertThat(PackedSteps.unpack(PackedSteps.pack(List.of(), 1))).isEmpty();
  }

  @Test
  void pack_gapOrOtherDirections_isRefused() {
    TakenStep first = applied(1, 1, 1, 1, 1);
    TakenStep third = applied(3, 1, 1, 1, 1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PackedSteps.pack(List.of(first, third), 1))
        .withMessage("found step 3, expected step 2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PackedSteps.pack(List.of(first), 2))
        .withMessage("step 1: 1 coefficients for 2 directions");
  }

  @Test
  void unpack_cutAnywhere_isRefused() {
    byte[] packed = PackedSteps.pack(List.of(applied(1, 1, 1, 1, 1), applied(2, 1, 1, 1, 1)), 1);
    for (int length = 0; length < packed.length; length++) {
      byte[] part = Arrays.copyOf(packed, length);
      assertThatExceptionOfType(DamageException.class)
          .as("%d bytes", length)
          .isThrownBy(() -> PackedSteps.unpack(part));
    }
    packed[0]++;
    assertThatExceptionOfType(DamageException.class)
        .isThrownBy(() -> PackedSteps.unpack(packed))
        .withMessageContaining("do not begin as packed steps do");
  }

  private static TakenStep applied(
      long step, double learningRate, long key, int directions, float first) {
    float[] coefficients = new float[directions];
    for (int k = 0; k < directions; k++) {
      coefficients[k] = k + first;
    }
    return new TakenStep(step, learningRate, true, new StepScalars(key, coefficients));
  }
}
