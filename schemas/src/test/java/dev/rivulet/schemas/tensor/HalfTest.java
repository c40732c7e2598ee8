package dev.rivulet.schemas.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HalfTest {
  @Test
  void toBits_everyHalf_isUnchanged() {
    for (int half = 0; half < 1 << 16; half++) {
      float value = Half.toFloat((short) half);
      if (Float.isNaN(value)) {
        assertThat(Half.toFloat(Half.toBits(value))).isNaN();
      } else {
        assertThat(Half.toBits(value)).isEqualTo((short) half);
      }
    }
  }

  /** Halves near 1 have a spacing of 2⁻¹⁰, the smallest of 2⁻²⁴. */
  @ParameterizedTest
  @CsvSource({
    "0x1.002p0, 0x1p0", "0x1.0021p0, 0x1.004p0", "0x1.006p0, 0x1.008p0", "-0x1.002p0, -1",
    "0x1p-25, 0", "0x1.8p-25, 0x1p-24", "0x1.8p-24, 0x1p-23", "0x1.ffep-15, 0x1p-14",
    "65519, 65504", "65520, Infinity", "1e30, Infinity", "-1e30, -Infinity"
  })
  void toBits_betweenNeighbours_returnsTheNearestOrEven(String value, String expected) {
    assertThat(Half.toFloat(Half.toBits(Float.parseFloat(value))))
        .isEqualTo(Float.parseFloat(expected));
  }
}
