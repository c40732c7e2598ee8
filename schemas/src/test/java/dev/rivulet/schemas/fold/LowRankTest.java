package dev.rivulet.schemas.fold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class LowRankTest {
  private static final int IN = 7;
  private static final int OUT = 10;
  private static final float SCALE = 0.3f;

  private final float[] weight = KeyedRandom.of(3, "weight", "", 0).normal(IN * OUT);

  /** In float32 nothing is rounded in between, so the bits are the same. */
  @Test
  void and_anotherRank_foldsAsOneAfterTheOther() {
    LowRank first = update("first", 3);
    LowRank second = update("second", 2);
    LowRank both = first.and(second);
    float[] atOnce = weight.clone();
    float[] oneByOne = weight.clone();
    Fold.add(atOnce, both);
    Fold.add(oneByOne, first);
    Fold.add(oneByOne, second);

    assertThat(both.rank()).isEqualTo(5);
    assertThat(atOnce).isEqualTo(oneByOne).isNotEqualTo(weight);
  }

  @Test
  void and_anotherScale_isRefused() {
    LowRank other = new LowRank(IN, OUT, 0, 2 * SCALE, new float[0], new float[0]);
    assertThatIllegalArgumentException().isThrownBy(() -> update("first", 3).and(other));
  }

  @Test
  void negated_foldsTheOppositeBits() {
    float[] plus = new float[IN * OUT];
    float[] minus = new float[IN * OUT];
    Fold.add(plus, update("first", 3));
    Fold.add(minus, update("first", 3).negated());

    for (int i = 0; i < plus.length; i++) {
      assertThat(minus[i]).isEqualTo(-plus[i]);
    }
  }

  @Test
  void add_weightOfTheTransposedShape_isRefused() {
    BaseWeight turned = new BaseWeight.Float32(OUT, IN, weight.clone());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> turned.add(update("first", 3), Rounding.NEAREST))
        .withMessage("an update of shape [7, 10] for a weight of shape [10, 7]");
    assertThat(turned.floats()).isEqualTo(weight);
  }

  private static LowRank update(String name, int rank) {
    return new LowRank(
        IN,
        OUT,
        rank,
        SCALE,
        KeyedRandom.of(3, name + ".L", "", 0).normal(IN * rank),
        KeyedRandom.of(3, name + ".R", "", 0).normal(rank * OUT));
  }
}
