package dev.rivulet.rankmonitor.stability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class StabilityConfigTest {
  @Test
  void defaults_arePinned() {
    assertThat(StabilityConfig.DEFAULT)
        .isEqualTo(
            new StabilityConfig(
                new NonFinite(true),
                new LossSpike(true, 200, 50, 5, 7, 3, 0.02, 0.05),
                20,
                0.5,
                5));
  }

  @Test
  void constructor_valueOutOfRange_namesKeyValueAndRange() {
    assertThatThrownBy(() -> new LossSpike(true, 200, 201, 5, 7, 3, 0.02, 0.05))
        .hasMessage("warmUp is 201: use 2 to window");
    assertThatThrownBy(() -> new LossSpike(true, 200, 50, 5, 4, 3, 0.02, 0.05))
        .hasMessage("actSigma is 4.0: use alertSigma or more");
    assertThatThrownBy(() -> new StabilityConfig(NonFinite.DEFAULT, LossSpike.DEFAULT, 20, 1.5, 5))
        .hasMessage("learningRateScale is 1.5: use more than 0, at most 1");
  }

  @Test
  void rules_disabled_areOmitted() {
    StabilityConfig config =
        new StabilityConfig(new NonFinite(false), LossSpike.DEFAULT, 20, 0.5, 5);
    assertThat(config.rules()).containsExactly(LossSpike.DEFAULT);
  }
}
