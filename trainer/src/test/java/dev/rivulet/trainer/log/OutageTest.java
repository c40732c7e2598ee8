package dev.rivulet.trainer.log;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OutageTest {
  private final Outage outage = new Outage();

  @Test
  void isOn_untilEnd() {
    assertThat(outage.isOn()).isFalse();
    outage.begin("no broker");
    assertThat(outage.isOn()).isTrue();
    outage.end();
    assertThat(outage.isOn()).isFalse();
  }

  @Test
  void takeReason_ofAnOutageThatIsOver_isReturnedOnce() {
    outage.begin("no broker");
    outage.end();
    assertThat(outage.takeReason()).contains("no broker");
    assertThat(outage.takeReason()).isEmpty();
  }

  @Test
  void begin_duringAnOutage_keepsTheFirstReason() {
    outage.begin("no broker");
    outage.begin("disk full");
    assertThat(outage.takeReason()).contains("no broker");
    assertThat(outage.takeReason()).isEmpty();
  }

  @Test
  void begin_afterAnOutage_hasItsOwnReason() {
    outage.begin("no broker");
    outage.end();
    outage.begin("disk full");
    assertThat(outage.takeReason()).contains("disk full");
  }
}
