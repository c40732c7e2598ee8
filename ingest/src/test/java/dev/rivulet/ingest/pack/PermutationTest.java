package dev.rivulet.ingest.pack;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PermutationTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 17, 4096})
  void of_anySize_containsEachIndexOnce(int size) {
    assertThat(Permutation.of(size, 42, 3, 5))
        .containsExactlyInAnyOrder(IntStream.range(0, size).toArray());
  }

  @Test
  void of_sameKey_isTheSameInEveryVersion() {
    assertThat(Permutation.of(8, 42, 0, 0)).containsExactly(1, 2, 3, 6, 4, 5, 7, 0);
  }

  @Test
  void of_otherSeedEpochOrWindow_differs() {
    int[] order = Permutation.of(100, 42, 1, 2);

    assertThat(order)
        .isNotEqualTo(Permutation.of(100, 43, 1, 2))
        .isNotEqualTo(Permutation.of(100, 42, 2, 2))
        .isNotEqualTo(Permutation.of(100, 42, 1, 3))
        .isNotEqualTo(Permutation.of(100, 42, 2, 1));
  }

  @Test
  void of_manyWindows_isUniform() {
    int[][] counts = new int[4][4];
    int windows = 24_000;
    for (int window = 0; window < windows; window++) {
      int[] order = Permutation.of(4, 1, 0, window);
      for (int place = 0; place < 4; place++) {
        counts[order[place]][place]++;
      }
    }
    // Each count is binomial with mean 6,000 and standard deviation 67: the bounds are five of
    // them.
    for (int[] row : counts) {
      assertThat(Arrays.stream(row)).allMatch(count -> Math.abs(count - windows / 4) < 335);
    }
  }
}
