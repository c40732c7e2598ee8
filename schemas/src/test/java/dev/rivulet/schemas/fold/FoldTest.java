package dev.rivulet.schemas.fold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class FoldTest {
  private static final int IN = 301;
  private static final int OUT = 257;
  private static final int RANK = 17;

  private final float[] weight = KeyedRandom.of(1, "weight", "", 0).normal(IN * OUT);
  private final float[] left = KeyedRandom.of(1, "left", "", 0).normal(IN * RANK);
  private final float[] right = KeyedRandom.of(1, "right", "", 0).normal(RANK * OUT);

  @Test
  void add_parallelRows_equalsTheFixedOrderToTheBit() {
    float[] expected = weight.clone();
    for (int i = 0; i < IN; i++) {
      for (int j = 0; j < OUT; j++) {
        for (int k = 0; k < RANK; k++) {
          expected[i * OUT + j] =
              Math.fma(0.3f * left[i * RANK + k], right[k * OUT + j], expected[i * OUT + j]);
        }
      }
    }
    Fold.add(weight, new LowRank(IN, OUT, RANK, 0.3f, left, right));
    assertThat(weight).containsExactly(expected);
  }

  @Test
  void add_wideRows_equalsTheFixedOrderToTheBit() {
    int in = 7;
    int out = 5461;
    float[] wide = KeyedRandom.of(2, "weight", "", 0).normal(in * out);
    float[] rows = KeyedRandom.of(2, "right", "", 0).normal(RANK * out);
    float[] expected = wide.clone();
    for (int i = 0; i < in; i++) {
      for (int k = 0; k < RANK; k++) {
        for (int j = 0; j < out; j++) {
          expected[i * out + j] =
              Math.fma(0.3f * left[i * RANK + k], rows[k * out + j], expected[i * out + j]);
        }
      }
    }
    Fold.add(wide, new LowRank(in, out, RANK, 0.3f, Arrays.copyOf(left, in * RANK), rows));
    assertThat(wide).containsExactly(expected);
  }

  @Test
  void add_rankZero_changesNothing() {
    float[] before = weight.clone();
    Fold.add(weight, new LowRank(IN, OUT, 0, 1f, new float[0], new float[0]));
    assertThat(weight).containsExactly(before);
  }

  @Test
  void add_wrongLength_namesTheTensorAndItsShape() {
    assertThatThrownBy(() -> Fold.add(weight, new LowRank(IN, OUT, RANK, 1f, left, new float[5])))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("right factor: 5 values for shape [17, 257]");
  }
}
