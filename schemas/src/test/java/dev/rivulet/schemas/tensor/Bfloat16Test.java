package dev.rivulet.schemas.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("cross-check")
class Bfloat16Test {

  @ParameterizedTest
  @CsvSource({
    "3f800000, 3f80", // exact
    "3f807fff, 3f80", // just below a tie
    "3f808000, 3f80", // a tie, down to even
    "3f808001, 3f81", // just above it
    "3f818000, 3f82", // a tie, up to even
    "bf818000, bf82",
    "3fff8000, 4000", // into the next power of two
    "00000000, 0000",
    "80000000, 8000",
    "00008000, 0000", // subnormal ties
    "00018000, 0002",
    "80008001, 8001",
    "007fffff, 0080", // subnormal to normal
    "7f7f7fff, 7f7f", // the largest finite value
    "7f7f8000, 7f80", // overflow
    "ff7fffff, ff80",
    "7f800000, 7f80",
    "ff800000, ff80",
    "7f800001, 7fc0", // NaN whose upper bits are infinity's
    "ff800001, 7fc0",
    "7fffffff, 7fc0", // NaN that rounding would carry into the sign
    "ffffffff, 7fc0",
  })
  void toBits_knownFloats_roundsToNearestEven(String value, String bits) {
    float wide = Float.intBitsToFloat(Integer.parseUnsignedInt(value, 16));
    assertThat(Bfloat16.toBits(wide)).isEqualTo((short) Integer.parseInt(bits, 16));
  }

  @Test
  void toBits_everyBfloat16_isUnchanged() {
    short[] all = new short[1 << 16];
    for (int i = 0; i < all.length; i++) {
      all[i] = (short) i;
    }
    float[] values = Bfloat16.fromBits(all);
    short[] back = Bfloat16.toBits(values);
    for (int i = 0; i < all.length; i++) {
      assertThat(Float.floatToRawIntBits(values[i])).isEqualTo(i << 16);
      assertThat(back[i]).isEqualTo(Float.isNaN(values[i]) ? (short) 0x7fc0 : all[i]);
    }
  }

  /** Every pair of neighbours, with the floats around their midpoint. */
  @Test
  void round_betweenNeighbours_returnsTheNearestOrEven() {
    for (int low = 0; low < 0x7f7f; low++) {
      double below = Bfloat16.fromBits((short) low);
      double above = Bfloat16.fromBits((short) (low + 1));
      float middle = (float) ((below + above) / 2);
      float[] values = {Math.nextDown(middle), middle, Math.nextUp(middle)};
      Bfloat16.round(values);
      double even = low % 2 == 0 ? below : above;
      if (values[0] != below || values[1] != even || values[2] != above) {
        assertThat(values)
            .as("around %s", middle)
            .containsExactly((float) below, (float) even, (float) above);
      }
      assertThat(Bfloat16.round(-middle)).isEqualTo((float) -even);
    }
  }
}
