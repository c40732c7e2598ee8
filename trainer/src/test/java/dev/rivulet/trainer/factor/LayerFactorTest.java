package dev.rivulet.trainer.factor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.trainer.tensor.Matrix;
import java.util.List;
import org.junit.jupiter.api.Test;

class LayerFactorTest {
  private static final int IN = 7;
  private static final int OUT = 10;
  private static final float SCALE = 0.3f;

  private final float[] weight = Matrix.normal("weight", IN, OUT).floats();

  /** In float32, where nothing is rounded in between, it is the same bit for bit. */
  @Test
  void and_anotherRank_foldsAsOneAfterTheOther() {
    LayerFactor first = factor("first", 3);
    LayerFactor second = factor("second", 2);
    LayerFactor both = first.and(second);
    float[] atOnce = weight.clone();
    float[] inTurn = weight.clone();
    both.addTo(atOnce);
    first.addTo(inTurn);
    second.addTo(inTurn);

    assertThat(atOnce).isEqualTo(inTurn).isNotEqualTo(weight);
    assertThat(both.rank()).isEqualTo(5);
    assertThat(both.left().shape()).containsExactly((long) IN, 5L);
    assertThat(both.layer()).isEqualTo("first");
    assertThat(both.left().name()).isEqualTo("first.L");
  }

  @Test
  void negated_factor_foldsTheOppositeBits() {
    float[] plus = new float[IN * OUT];
    float[] minus = new float[IN * OUT];
    factor("first", 3).addTo(plus);
    factor("first", 3).negated().addTo(minus);

    for (int i = 0; i < plus.length; i++) {
      assertThat(minus[i]).isEqualTo(-plus[i]);
    }
  }

  private static LayerFactor factor(String name, int rank) {
    return new LayerFactor(
        name,
        1,
        SCALE,
        new HostTensor(
            name + ".L", List.of((long) IN, (long) rank), Matrix.normal(name, IN, rank).floats()),
        new HostTensor(
            name + ".R",
            List.of((long) rank, (long) OUT),
            Matrix.normal(name + "R", rank, OUT).floats()));
  }
}
