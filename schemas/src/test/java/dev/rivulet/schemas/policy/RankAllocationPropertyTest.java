package dev.rivulet.schemas.policy;

import static dev.rivulet.schemas.policy.Spectra.policy;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rivulet.schemas.record.RankDecision;
import dev.rivulet.schemas.record.RankPolicy;
import dev.rivulet.schemas.record.RankReason;
import dev.rivulet.schemas.record.Spectrum;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/** Properties of every refresh; each repetition draws other spectra from its own fixed seed. */
class RankAllocationPropertyTest {
  private static final int LAYERS = 7;

  /** A refresh of random spectra that is evaluated under different policies. */
  private static final class Draw {
    private final double[][] sigma = new double[LAYERS][];
    private final double[] energy = new double[LAYERS];
    private final long[] bytes = new long[LAYERS];
    private final int previous;

    Draw(long seed) {
      Random random = new Random(seed);
      for (int layer = 0; layer < LAYERS; layer++) {
        double slope = 1 + 20 * random.nextDouble();
        int sketched = 1 + random.nextInt(24);
        sigma[layer] = Spectra.decay(sketched, i -> Math.exp(-i / slope));
        energy[layer] =
            Arrays.stream(sigma[layer]).map(x -> x * x).sum() * (1 + random.nextDouble());
        bytes[layer] = random.nextLong(1, 1000);
      }
      previous = random.nextInt(20);
    }

    List<Spectrum> under(RankPolicy policy) {
      Spectra refresh = Spectra.of(policy, LAYERS).after(previous);
      List<Spectrum> spectra = new ArrayList<>();
      for (int layer = 0; layer < LAYERS; layer++) {
        spectra.add(refresh.layer("layer" + layer, energy[layer], bytes[layer], sigma[layer]));
      }
      return spectra;
    }

    Map<String, Integer> ranks(double share, double hysteresis, @Nullable Long budget) {
      return RankAllocation.decide(under(policy(share, 2, 16, hysteresis, budget))).stream()
          .collect(Collectors.toMap(RankDecision::getLayer, RankDecision::getRank));
    }

    long cost(Map<String, Integer> ranks) {
      long cost = 0;
      for (int layer = 0; layer < LAYERS; layer++) {
        cost += bytes[layer] * ranks.getOrDefault("layer" + layer, 0);
      }
      return cost;
    }
  }

  @RepeatedTest(20)
  void decide_higherEnergyShare_neverLowersARank(RepetitionInfo repetition) {
    Draw draw = new Draw(repetition.getCurrentRepetition());
    for (double hysteresis : new double[] {0, 0.3}) {
      Map<String, Integer> before = draw.ranks(0.05, hysteresis, null);
      for (double share = 0.1; share <= 1; share += 0.05) {
        Map<String, Integer> ranks = draw.ranks(share, hysteresis, null);
        for (Map.Entry<String, Integer> entry : before.entrySet()) {
          assertThat(ranks.get(entry.getKey())).isGreaterThanOrEqualTo(entry.getValue());
        }
        before = ranks;
      }
    }
  }

  @RepeatedTest(20)
  void decide_anySufficientBudget_isNotExceeded(RepetitionInfo repetition) {
    Draw draw = new Draw(repetition.getCurrentRepetition());
    Map<String, Integer> wanted = draw.ranks(0.9, 0, null);
    long least = draw.cost(draw.ranks(0.9, 0, 0L));
    for (long budget = least; budget <= draw.cost(wanted) + 100; budget += 211) {
      Map<String, Integer> ranks = draw.ranks(0.9, 0, budget);
      assertThat(draw.cost(ranks)).isLessThanOrEqualTo(budget);
      ranks.forEach((layer, rank) -> assertThat(rank).isLessThanOrEqualTo(wanted.get(layer)));
    }
  }

  @RepeatedTest(20)
  void decide_anyRefresh_staysInBoundsAndGivesAReason(RepetitionInfo repetition) {
    Draw draw = new Draw(repetition.getCurrentRepetition());
    for (Long budget : Arrays.asList(null, 0L, 5_000L)) {
      List<Spectrum> spectra = draw.under(policy(0.9, 2, 16, 0.2, budget));
      List<RankDecision> decisions = RankAllocation.decide(spectra);
      assertThat(decisions).hasSize(LAYERS);
      for (int layer = 0; layer < LAYERS; layer++) {
        RankDecision decision = decisions.get(layer);
        int sketched = spectra.get(layer).getSingularValues().size();
        assertThat(decision.getLayer()).isEqualTo(spectra.get(layer).getLayer());
        assertThat(decision.getRank()).isBetween(Math.min(2, sketched), Math.min(16, sketched));
        assertThat(decision.getDetail()).contains(Integer.toString(decision.getRank()));
        if (decision.getReason() == RankReason.ENERGY_THRESHOLD) {
          assertThat(decision.getCapturedShare()).isGreaterThanOrEqualTo(0.9);
        }
      }
    }
  }

  @RepeatedTest(20)
  void decide_recordsInAnotherOrder_givesTheSameRanks(RepetitionInfo repetition) {
    int seed = repetition.getCurrentRepetition();
    List<Spectrum> spectra = new ArrayList<>(new Draw(seed).under(policy(0.9, 2, 16, 0.2, 9_000L)));
    List<RankDecision> expected = RankAllocation.decide(spectra);
    Collections.shuffle(spectra, new Random(seed));
    assertThat(RankAllocation.decide(spectra)).isEqualTo(expected);
  }
}
