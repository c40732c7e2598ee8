package dev.rivulet.ingest.pack;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TruncationTest {
  @Test
  void longestFirst_anyLengths_equalsDroppingTokenByToken() {
    for (int first = 0; first < 14; first++) {
      for (int second = 0; second < 14; second++) {
        for (int budget = 0; budget < 20; budget++) {
          assertThat(Truncation.longestFirst(first, second, budget))
              .as("%d and %d in %d", first, second, budget)
              .isEqualTo(tokenByToken(first, second, budget));
        }
      }
    }
  }

  /** Reference: Hugging Face's slow tokenizers, which shorten the pair on a tie. */
  private static Truncation tokenByToken(int first, int second, int budget) {
    int a = first;
    int b = second;
    while (a + b > budget) {
      if (a > b) {
        a--;
      } else {
        b--;
      }
    }
    return new Truncation(a, b);
  }
}
