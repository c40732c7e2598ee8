package dev.rivulet.trainer.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rivulet.trainer.config.LearningRateConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LearningRateTest {
  private static final double PEAK = 1e-3;

  @ParameterizedTest
  @EnumSource
  void at_warmup_risesFromTheFirstStepToThePeak(LearningRateConfig.Schedule schedule) {
    LearningRate rate = new LearningRate(new LearningRateConfig(PEAK, 10, schedule), 100);

    assertThat(rate.at(1)).isCloseTo(PEAK / 10, within(1e-12));
    assertThat(rate.at(5)).isCloseTo(PEAK / 2, within(1e-12));
    assertThat(rate.at(10)).isEqualTo(PEAK);
    assertThat(rate.at(11)).isEqualTo(PEAK);
  }

  @ParameterizedTest
  @EnumSource
  void at_noWarmup_beginsAtThePeak(LearningRateConfig.Schedule schedule) {
    assertThat(new LearningRate(new LearningRateConfig(PEAK, 0, schedule), 100).at(1))
        .isEqualTo(PEAK);
  }

  @Test
  void at_linear_endsOneStepAboveZero() {
    LearningRate rate =
        new LearningRate(new LearningRateConfig(PEAK, 10, LearningRateConfig.Schedule.LINEAR), 110);

    assertThat(rate.at(61)).isCloseTo(PEAK / 2, within(1e-12));
    assertThat(rate.at(110)).isCloseTo(PEAK / 100, within(1e-12));
  }

  @Test
  void at_cosine_endsAtATenth() {
    LearningRate rate =
        new LearningRate(new LearningRateConfig(PEAK, 10, LearningRateConfig.Schedule.COSINE), 110);

    assertThat(rate.at(61)).isCloseTo(0.55 * PEAK, within(1e-12));
    assertThat(rate.at(110)).isBetween(PEAK / 10, PEAK / 10 * 1.01);
  }

  @Test
  void at_constant_staysAtThePeak() {
    assertThat(
            new LearningRate(
                    new LearningRateConfig(PEAK, 0, LearningRateConfig.Schedule.CONSTANT), 100)
                .at(100))
        .isEqualTo(PEAK);
  }

  @Test
  void at_wholeRunIsWarmup_endsAtThePeak() {
    assertThat(
            new LearningRate(new LearningRateConfig(PEAK, 7, LearningRateConfig.Schedule.LINEAR), 7)
                .at(7))
        .isEqualTo(PEAK);
  }
}
