package dev.rivulet.ops.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class MedianTest {
  @Test
  void of_oddNumber_theMiddleOne() {
    assertThat(Median.of(List.of(9.0, 1.0, 2.0))).isEqualTo(2.0);
  }

  @Test
  void of_evenNumber_theMeanOfTheMiddleTwo() {
    assertThat(Median.of(List.of(9.0, 1.0, 2.0, 4.0))).isEqualTo(3.0);
  }

  @Test
  void of_nothing_refused() {
    assertThatIllegalArgumentException().isThrownBy(() -> Median.of(List.of()));
  }
}
