package dev.rivulet.rankmonitor.stability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class RobustScaleTest {
  @Test
  void of_oddAndEvenSamples_haveTheirMedian() {
    RobustScale odd = RobustScale.of(new double[] {5, 1, 2, 100, 3});
    assertThat(odd.median()).isEqualTo(3);
    assertThat(odd.sigma()).isCloseTo(1.4826 * 2, within(1e-12));
    assertThat(RobustScale.of(new double[] {4, 1, 2, 3}).median()).isEqualTo(2.5);
  }

  @Tag("cross-check")
  @Test
  void of_normalSampleWithOutliers_recoversMeanAndStandardDeviation() {
    Random random = new Random(1);
    double[] sample =
        random.doubles(20_001, 0, 1).map(x -> 7 + 2 * random.nextGaussian()).toArray();
    for (int i = 0; i < 1000; i++) {
      sample[i] = 1e6;
    }
    RobustScale scale = RobustScale.of(sample);
    assertThat(scale.median()).isCloseTo(7, within(0.2));
    assertThat(scale.sigma()).isCloseTo(2, within(0.2));
  }
}
