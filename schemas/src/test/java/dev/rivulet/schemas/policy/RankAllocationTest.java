package dev.rivulet.schemas.policy;

import static dev.rivulet.schemas.policy.Spectra.policy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import dev.rivulet.schemas.record.RankDecision;
import dev.rivulet.schemas.record.RankReason;
import dev.rivulet.schemas.record.Spectrum;
import java.util.List;
import org.junit.jupiter.api.Test;

class RankAllocationTest {
  /** Energy shares by rank: .64, .80, .90, .95, 1. */
  private static final double[] SIGMA = {8, 4, Math.sqrt(10), Math.sqrt(5), Math.sqrt(5)};

  private static RankDecision only(Spectrum spectrum) {
    List<RankDecision> decisions = RankAllocation.decide(List.of(spectrum));
    assertThat(decisions).hasSize(1);
    return decisions.get(0);
  }

  private static Spectrum layer(double share, int min, int max, double hysteresis, int previous) {
    return Spectra.of(policy(share, min, max, hysteresis, null), 1)
        .after(previous)
        .layer("a", 100, 8, SIGMA);
  }

  @Test
  void decide_thresholdInsideTheRange_isTheSmallestSufficientRank() {
    RankDecision decision = only(layer(0.79, 1, 5, 0, 4));
    assertThat(decision.getRank()).isEqualTo(2);
    assertThat(decision.getThresholdRank()).isEqualTo(2);
    assertThat(decision.getPreviousRank()).isEqualTo(4);
    assertThat(decision.getReason()).isEqualTo(RankReason.ENERGY_THRESHOLD);
    assertThat(decision.getCapturedShare()).isCloseTo(0.8, within(1e-6));
    assertThat(decision.getDetail()).contains("79.00 %");
    assertThat(decision.getRun()).isEqualTo("run");
    assertThat(decision.getStep()).isEqualTo(1);
  }

  @Test
  void decide_thresholdBelowTheRange_isTheSmallestAllowed() {
    RankDecision decision = only(layer(0.5, 3, 5, 0, 0));
    assertThat(decision.getRank()).isEqualTo(3);
    assertThat(decision.getThresholdRank()).isEqualTo(1);
    assertThat(decision.getReason()).isEqualTo(RankReason.MIN_RANK);
  }

  @Test
  void decide_thresholdAboveTheRange_isTheLargestAllowed() {
    RankDecision decision = only(layer(0.94, 1, 3, 0, 0));
    assertThat(decision.getRank()).isEqualTo(3);
    assertThat(decision.getThresholdRank()).isEqualTo(4);
    assertThat(decision.getReason()).isEqualTo(RankReason.MAX_RANK);
    assertThat(decision.getDetail()).contains("the largest allowed");
  }

  @Test
  void decide_sketchTooSmall_isTheSketchedRank() {
    Spectrum spectrum = Spectra.of(policy(0.99, 1, 32, 0, null), 1).layer("a", 1000, 8, SIGMA);
    RankDecision decision = only(spectrum);
    assertThat(decision.getRank()).isEqualTo(5);
    assertThat(decision.getThresholdRank()).isEqualTo(6);
    assertThat(decision.getReason()).isEqualTo(RankReason.MAX_RANK);
    assertThat(decision.getDetail()).contains("rank 6 at least", "singular values sketched");
  }

  @Test
  void decide_weightSmallerThanMaxRank_isItsSmallerSide() {
    double[] flat = Spectra.decay(60, i -> 1);
    RankDecision decision = only(Spectra.of(policy(1.0, 1, 60, 0, null), 1).layer("a", flat));
    assertThat(decision.getRank()).isEqualTo(48);
    assertThat(decision.getDetail()).contains("smaller side");
  }

  @Test
  void decide_shrinkSmallerThanTheHysteresis_keepsTheRank() {
    RankDecision decision = only(layer(0.94, 1, 5, 0.25, 5));
    assertThat(decision.getRank()).isEqualTo(5);
    assertThat(decision.getThresholdRank()).isEqualTo(4);
    assertThat(decision.getReason()).isEqualTo(RankReason.HYSTERESIS);
  }

  @Test
  void decide_shrinkOfExactlyTheHysteresis_isApplied() {
    RankDecision decision = only(layer(0.89, 1, 5, 0.25, 4));
    assertThat(decision.getRank()).isEqualTo(3);
    assertThat(decision.getReason()).isEqualTo(RankReason.ENERGY_THRESHOLD);
  }

  @Test
  void decide_increaseUnderHysteresis_isApplied() {
    assertThat(only(layer(0.94, 1, 5, 0.9, 3)).getRank()).isEqualTo(4);
  }

  @Test
  void decide_noEnergy_keepsTheRankWithAReason() {
    Spectra refresh = Spectra.of(policy(0.9, 2, 8, 0, null), 1);
    RankDecision first = only(refresh.layer("a", 0, 0, 0, 0));
    assertThat(first.getRank()).isEqualTo(2);
    assertThat(first.getReason()).isEqualTo(RankReason.MIN_RANK);
    assertThat(first.getCapturedShare()).isZero();
    assertThat(first.getDetail()).contains("0.0", "tells nothing");

    RankDecision later = only(refresh.after(3).layer("a", Double.NaN, 8, 3, 2, 1));
    assertThat(later.getRank()).isEqualTo(3);
    assertThat(later.getReason()).isEqualTo(RankReason.HYSTERESIS);
    assertThat(later.getDetail()).contains("NaN");
  }

  @Test
  void decide_sufficientBudget_changesNothing() {
    Spectra free = Spectra.of(policy(0.89, 1, 8, 0, null), 2);
    Spectra exact = Spectra.of(policy(0.89, 1, 8, 0, 600L), 2);
    assertThat(RankAllocation.decide(List.of(exact.layer("a", SIGMA), exact.layer("b", SIGMA))))
        .isEqualTo(RankAllocation.decide(List.of(free.layer("a", SIGMA), free.layer("b", SIGMA))));
  }

  @Test
  void decide_budgetTooSmall_spendsEachByteWhereItCapturesMost() {
    // Both need rank 3. From rank 1 on, a gains .16 and then .10 per rank, b .25 and then .20.
    Spectra refresh = Spectra.of(policy(0.89, 1, 8, 0, 400L), 2);
    Spectrum a = refresh.layer("a", 100, 100, SIGMA);
    Spectrum b = refresh.layer("b", 100, 100, Math.sqrt(55), 5, Math.sqrt(20));
    List<RankDecision> decisions = RankAllocation.decide(List.of(a, b));
    assertThat(decisions).extracting(RankDecision::getRank).containsExactly(1, 3);
    assertThat(decisions)
        .extracting(RankDecision::getReason)
        .containsExactly(RankReason.BUDGET, RankReason.ENERGY_THRESHOLD);
    assertThat(decisions.get(0).getDetail()).contains("600 bytes", "budget of 400");
  }

  @Test
  void decide_budgetTooSmallForTheExpensiveLayer_raisesTheCheapOne() {
    Spectra refresh = Spectra.of(policy(0.89, 1, 8, 0, 600L), 2);
    Spectrum expensive = refresh.layer("expensive", 100, 500, Math.sqrt(50), Math.sqrt(45), 1);
    Spectrum cheap = refresh.layer("cheap", 100, 10, SIGMA);
    assertThat(RankAllocation.decide(List.of(expensive, cheap)))
        .extracting(RankDecision::getLayer, RankDecision::getRank)
        .containsExactly(tuple("cheap", 3), tuple("expensive", 1));
  }

  @Test
  void decide_budgetBelowTheSmallestRanks_givesThemAndReportsTheShortfall() {
    Spectra refresh = Spectra.of(policy(0.9, 2, 8, 0, 350L), 2);
    assertThat(RankAllocation.decide(List.of(refresh.layer("a", SIGMA), refresh.layer("b", SIGMA))))
        .allSatisfy(
            decision -> {
              assertThat(decision.getRank()).isEqualTo(2);
              assertThat(decision.getReason()).isEqualTo(RankReason.BUDGET);
              assertThat(decision.getDetail()).contains("50 bytes short");
            });
  }
}
