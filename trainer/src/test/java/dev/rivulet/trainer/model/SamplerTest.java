package dev.rivulet.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.rivulet.schemas.failure.RunException;
import dev.rivulet.schemas.failure.UsageException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SamplerTest {
  private static final float[] LOGITS = {1f, 3f, Float.NEGATIVE_INFINITY, 2f, 3f};
  private static final int DRAWS = 20_000;

  @Test
  void choose_temperatureZero_isTheFirstOfTheMostLikely() {
    Sampler greedy = new Sampler(0, 0, 1);
    assertThat(greedy.choose(LOGITS, 0)).isEqualTo(1);
    assertThat(greedy.choose(new float[] {Float.NaN, -2f, -1f}, 0)).isEqualTo(2);
  }

  @Test
  void choose_draws_haveTheSharesOfTheSoftmax() {
    double[] shares = shares(new Sampler(0.5, 0, 7));
    double total = Math.exp(2) + Math.exp(6) + Math.exp(4) + Math.exp(6);
    assertThat(shares[0]).isCloseTo(Math.exp(2) / total, within(0.005));
    assertThat(shares[1]).isCloseTo(Math.exp(6) / total, within(0.015));
    assertThat(shares[2]).isZero();
    assertThat(shares[3]).isCloseTo(Math.exp(4) / total, within(0.015));
    assertThat(shares[4]).isCloseTo(Math.exp(6) / total, within(0.015));
  }

  @Test
  void choose_topK_isAmongTheMostLikely() {
    double[] three = shares(new Sampler(10, 3, 7));
    assertThat(three[0]).isZero();
    assertThat(three[2]).isZero();
    assertThat(three[3]).isPositive();
    // Tokens 1 and 4 are equally likely: the first of them is the one.
    assertThat(shares(new Sampler(10, 1, 7))[1]).isEqualTo(1);
  }

  @Test
  void choose_sameSeedAndIndex_isTheSameToken() {
    Sampler sampler = new Sampler(5, 0, 7);
    boolean seedMatters = false;
    boolean indexMatters = false;
    for (int index = 0; index < 50; index++) {
      int token = sampler.choose(LOGITS, index);
      assertThat(new Sampler(5, 0, 7).choose(LOGITS, index)).isEqualTo(token);
      seedMatters |= new Sampler(5, 0, 8).choose(LOGITS, index) != token;
      indexMatters |= sampler.choose(LOGITS, index + 1) != token;
    }
    assertThat(seedMatters).isTrue();
    assertThat(indexMatters).isTrue();
  }

  @Test
  void choose_nothingFinite_isRefused() {
    assertThatExceptionOfType(RunException.class)
        .isThrownBy(() -> new Sampler(1, 0, 0).choose(new float[] {Float.NaN, Float.NaN}, 0))
        .withMessageContaining("not finite");
  }

  @Test
  void settings_outOfRange_areRefused() {
    assertThatExceptionOfType(UsageException.class).isThrownBy(() -> new Sampler(-0.1, 0, 0));
    assertThatExceptionOfType(UsageException.class).isThrownBy(() -> new Sampler(Double.NaN, 0, 0));
    assertThatExceptionOfType(UsageException.class).isThrownBy(() -> new Sampler(1, -1, 0));
  }

  private static double[] shares(Sampler sampler) {
    int[] counts = new int[LOGITS.length];
    for (int index = 0; index < DRAWS; index++) {
      counts[sampler.choose(LOGITS, index)]++;
    }
    return Arrays.stream(counts).mapToDouble(count -> count / (double) DRAWS).toArray();
  }
}
