package dev.rivulet.schemas.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rivulet.schemas.fold.KeyedRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("cross-check")
class Nf4LevelsTest {
  /** The levels and the boundaries between them in bitsandbytes. */
  private static final double[] LEVELS = {
    -1,
    -0.6961928009986877,
    -0.5250730514526367,
    -0.39491748809814453,
    -0.28444138169288635,
    -0.18477343022823334,
    -0.09105003625154495,
    0,
    0.07958029955625534,
    0.16093020141124725,
    0.24611230194568634,
    0.33791524171829224,
    0.44070982933044434,
    0.5626170039176941,
    0.7229568362236023,
    1
  };

  private static final double[] BOUNDARIES = {
    -0.8480964004993439,
    -0.6106329262256622,
    -0.4599952697753906,
    -0.33967943489551544,
    -0.23460740596055984,
    -0.13791173323988914,
    -0.045525018125772476,
    0.03979014977812767,
    0.1202552504837513,
    0.2035212516784668,
    0.2920137718319893,
    0.3893125355243683,
    0.5016634166240692,
    0.6427869200706482,
    0.8614784181118011
  };

  /** Probability below the largest level: the mean of 1 - 1/30 and 1 - 1/32. */
  private static final float TAIL = 0.9677083f;

  @Test
  void level_everyCode_isThePublishedConstant() {
    for (int code = 0; code < 16; code++) {
      assertThat(Nf4.level(code)).isEqualTo((float) LEVELS[code]);
    }
  }

  /** Normal quantiles, 8 above 0 and 7 below, in float32 like the published constants. */
  @Test
  void level_everyCode_isANormalQuantile() {
    float largest = (float) normalQuantile(TAIL);
    for (int i = 0; i < 8; i++) {
      float above = (float) normalQuantile(probability(i, 8));
      assertThat(Nf4.level(15 - i)).isEqualTo(above / largest);
    }
    for (int i = 0; i < 7; i++) {
      float below = (float) -normalQuantile(probability(i, 7));
      assertThat(Nf4.level(i)).isEqualTo(below / largest);
    }
    assertThat(Nf4.level(7)).isZero();
  }

  @Test
  void code_atTheMidpointOfTwoLevels_isTheLower() {
    for (int code = 0; code < 15; code++) {
      double midpoint = ((double) Nf4.level(code) + Nf4.level(code + 1)) / 2;
      assertThat(midpoint).isCloseTo(BOUNDARIES[code], within(5e-8));
      float below = (float) midpoint;
      if (below > midpoint) {
        below = Math.nextDown(below);
      }
      assertThat(Nf4.code(below)).isEqualTo(code);
      assertThat(Nf4.code(Math.nextUp(below))).isEqualTo(code + 1);
      // In a block whose absmax is a power of two, the ratio is exact.
      assertThat(quantized(below, 1f)).isEqualTo(code);
      assertThat(quantized(4 * below, 4f)).isEqualTo(code);
      assertThat(quantized(4 * Math.nextUp(below), -4f)).isEqualTo(code + 1);
    }
  }

  @Test
  void code_anyValue_isTheNearestLevel() {
    KeyedRandom random = KeyedRandom.of(1, "nf4", "codes", 0);
    for (int i = 0; i < 1_000_000; i++) {
      requireNearest((float) (2 * random.uniform(i) - 1));
    }
    // Around every multiple of 1/1024, which include the edges of the lookup cells.
    for (int i = -1024; i <= 1024; i++) {
      float middle = i / 1024f;
      float value = middle;
      for (int step = 0; step < 50 && value <= 1; step++) {
        requireNearest(value);
        value = Math.nextUp(value);
      }
      value = middle;
      for (int step = 0; step < 50 && value >= -1; step++) {
        requireNearest(value);
        value = Math.nextDown(value);
      }
    }
    requireNearest(-0f);
    requireNearest(Float.MIN_VALUE);
    requireNearest(-Float.MIN_VALUE);
  }

  private static void requireNearest(float value) {
    int nearest = 0;
    for (int code = 1; code < 16; code++) {
      double distance = Math.abs((double) value - Nf4.level(code));
      if (distance < Math.abs((double) value - Nf4.level(nearest))) {
        nearest = code;
      }
    }
    if (Nf4.code(value) != nearest) {
      assertThat(Nf4.code(value)).as("code of %s", value).isEqualTo(nearest);
    }
  }

  private static int quantized(float value, float absmax) {
    return Nf4.quantize(new float[] {value, absmax}).codes()[0] >> 4 & 0xf;
  }

  /** Returns point i of {@code steps} equal steps from the probability of the tail to 1/2. */
  private static float probability(int i, int steps) {
    float step = (0.5f - TAIL) / steps;
    return i < (steps + 1) / 2 ? TAIL + i * step : 0.5f - (steps - i) * step;
  }

  /** Solves Φ(x) = probability ≥ 0.5 by Newton's method. */
  private static double normalQuantile(double probability) {
    double x = 0;
    for (int i = 0; i < 50; i++) {
      x -= (normalDistribution(x) - probability) / normalDensity(x);
    }
    return x;
  }

  /** Φ(x) by Simpson's rule from 0. */
  private static double normalDistribution(double x) {
    int parts = 2000;
    double h = x / parts;
    double sum = normalDensity(0) + normalDensity(x);
    for (int i = 1; i < parts; i++) {
      sum += (i % 2 == 1 ? 4 : 2) * normalDensity(i * h);
    }
    return 0.5 + sum * h / 3;
  }

  private static double normalDensity(double x) {
    return Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  }

  /** Levels, their neighbours and random values: the probability of rounding up is the distance. */
  @Test
  void code_withRandomBits_roundsUpByItsShareOfTheGap() {
    for (int code = 0; code < 16; code++) {
      float level = Nf4.level(code);
      requireShare(level);
      requireShare(Math.max(-1, Math.nextDown(level)));
      requireShare(Math.min(1, Math.nextUp(level)));
    }
    for (int edge = -32; edge <= 32; edge++) {
      requireShare(edge / 32f);
      requireShare(Math.max(-1, Math.nextDown(edge / 32f)));
    }
    requireShare(-0f);
    requireShare(Float.MIN_VALUE);
    requireShare(-Float.MIN_VALUE);
    requireShare(-1e-9f);
    KeyedRandom random = KeyedRandom.of(1, "nf4", "stochastic", 0);
    for (int i = 0; i < 20_000; i++) {
      requireShare((float) (2 * random.uniform(i) - 1));
    }
  }

  private static void requireShare(float value) {
    int below = 15;
    while (Nf4.level(below) > value) {
      below--;
    }
    if (below == 15) {
      assertThat(Nf4.code(value, 0)).isEqualTo(15);
      assertThat(Nf4.code(value, -1)).isEqualTo(15);
      return;
    }
    double gap = (double) Nf4.level(below + 1) - Nf4.level(below);
    double share = ((double) value - Nf4.level(below)) / gap;
    // Words within the rounding error of the share may go either way.
    double slack = 1e-9;
    if (share > slack) {
      assertThat(Nf4.code(value, word(share - slack))).as("%s", value).isEqualTo(below + 1);
    }
    if (share < 1 - slack) {
      assertThat(Nf4.code(value, word(share + slack))).as("%s", value).isEqualTo(below);
      assertThat(Nf4.code(value, -1)).as("%s", value).isEqualTo(below);
    }
    if (share == 0) {
      assertThat(Nf4.code(value, 0)).as("%s", value).isEqualTo(below);
    }
  }

  /** Returns the random bits that represent a number in [0, 1]. */
  private static int word(double number) {
    return (int) Math.min(0xffff_ffffL, Math.max(0, (long) (number * 0x1p32)));
  }
}
