package dev.rivulet.trainer.spectrum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import dev.rivulet.schemas.fold.Fold;
import dev.rivulet.schemas.fold.KeyedRandom;
import dev.rivulet.schemas.fold.LowRank;
import dev.rivulet.trainer.tensor.Kernels;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("cross-check")
class BestRankTest {
  private final Kernels kernels = Kernels.load(Device.cpu(), 1);

  @AfterEach
  void close() {
    kernels.close();
  }

  @Test
  void of_diagonal_keepsTheLargestAndTellsTheRest() {
    float[] matrix = {0, 4, 0, 0, 3, 0, 0, 0, 0, 0, 12, 0};
    BestRank best = BestRank.of(kernels, matrix, 3, 4, 2);

    assertThat(product(best, 3, 4))
        .containsExactly(new float[] {0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 12, 0}, within(1e-6f));
    assertThat(best.norm()).isCloseTo(13, within(1e-9));
    assertThat(best.rest()).isCloseTo(3, within(1e-6));
    assertThat(best.relativeError()).isCloseTo(3.0 / 13, within(1e-6));
  }

  @Test
  void of_matrixOfThatRank_isExact() {
    float[] left = KeyedRandom.of(1, "test", "left", 0).normal(20 * 3);
    float[] right = KeyedRandom.of(1, "test", "right", 0).normal(3 * 9);
    float[] matrix = new float[20 * 9];
    Fold.add(matrix, new LowRank(20, 9, 3, 1, left, right));

    BestRank best = BestRank.of(kernels, matrix, 20, 9, 3);
    assertThat(best.relativeError()).isLessThan(1e-6);
    assertThat(product(best, 20, 9)).containsExactly(matrix, within(1e-5f));
    assertThat(BestRank.of(kernels, matrix, 20, 9, 2).relativeError()).isGreaterThan(0.05);
    assertThat(BestRank.of(kernels, matrix, 20, 9, 100).rank()).isEqualTo(9);
  }

  @Test
  void of_zeros_hasNoError() {
    BestRank best = BestRank.of(kernels, new float[6], 2, 3, 1);

    assertThat(best.relativeError()).isZero();
    assertThat(best.left()).containsOnly(0);
  }

  private static float[] product(BestRank best, int rows, int columns) {
    float[] product = new float[rows * columns];
    Fold.add(product, new LowRank(rows, columns, best.rank(), 1, best.left(), best.right()));
    return product;
  }
}
