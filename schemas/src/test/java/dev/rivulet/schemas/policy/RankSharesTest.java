package dev.rivulet.schemas.policy;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("cross-check")
class RankSharesTest {
  /** Disagreements of the value layers of BERT-base, from the authors' notebook. */
  private static final double[] PUBLISHED = {
    .1067335, .2673352, .5113052, .64961135, .66023976, .6209688, .59066254, .61314476, .6017301,
    .72589016, .72327375, .570347
  };

  private static final int MEAN_RANK = 8;
  private static final int LAYERS = 14;

  @Test
  void floor_publishedDisagreements_areThePublishedRanks() {
    assertThat(RankShares.floor(published(), MEAN_RANK).values())
        .containsExactly(1, 3, 7, 9, 9, 8, 8, 8, 8, 10, 10, 8);
  }

  @Test
  void largestRemainder_publishedDisagreements_spendsTheWholeBudget() {
    assertThat(RankShares.largestRemainder(published(), MEAN_RANK, 1).values())
        .containsExactly(2, 4, 8, 9, 9, 9, 9, 9, 9, 10, 10, 8);
  }

  @Test
  void floorAndLargestRemainder_twoKinds_eachHasItsOwnBudget() {
    List<ScoredModule> modules =
        List.of(
            new ScoredModule("q0", "q", 64, 64, 1),
            new ScoredModule("v0", "v", 64, 64, 300),
            new ScoredModule("q1", "q", 64, 64, 3),
            new ScoredModule("v1", "v", 64, 64, 100));

    assertThat(RankShares.floor(modules, MEAN_RANK))
        .isEqualTo(Map.of("q0", 4, "q1", 12, "v0", 12, "v1", 4));
    assertThat(RankShares.largestRemainder(modules, MEAN_RANK, 0))
        .isEqualTo(Map.of("q0", 4, "q1", 12, "v0", 12, "v1", 4));
  }

  /** The published rule gives the smallest score rank 0; the correction gives it at least 1. */
  @Test
  void largestRemainder_tinyScore_getsTheLeastRank() {
    List<ScoredModule> modules = modules(1e-9, 1, 1);

    assertThat(RankShares.floor(modules, 4).values()).containsExactly(0, 5, 5);
    assertThat(RankShares.largestRemainder(modules, 4, 1).values()).containsExactly(1, 6, 5);
  }

  @Test
  void largestRemainder_shareAboveTheShortSide_goesToTheOthers() {
    List<ScoredModule> modules =
        List.of(
            new ScoredModule("narrow", "k", 4, 64, 90),
            new ScoredModule("wide", "k", 64, 64, 6),
            new ScoredModule("wider", "k", 64, 64, 4));

    assertThat(RankShares.largestRemainder(modules, 8, 0))
        .isEqualTo(Map.of("narrow", 4, "wide", 12, "wider", 8));
    assertThat(RankShares.largestRemainder(modules, 100, 1))
        .as("a budget larger than all short sides")
        .isEqualTo(Map.of("narrow", 4, "wide", 64, "wider", 64));
  }

  @Test
  void byParameters_equalScores_givesEqualParameters() {
    List<ScoredModule> modules =
        List.of(
            new ScoredModule("square", "q", 64, 64, 1), new ScoredModule("up", "up", 64, 192, 1));

    assertThat(RankShares.byParameters(modules, 8, 1)).isEqualTo(Map.of("square", 12, "up", 6));
  }

  @Test
  void shares_allScoresZero_areEqual() {
    assertThat(RankShares.shares(modules(0, 0, 0, 0), true).values()).containsOnly(.25);
    assertThat(RankShares.largestRemainder(modules(0, 0, 0, 0), 3, 1).values()).containsOnly(3);
  }

  @Test
  void scoredModule_scoreNotFinite_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ScoredModule("q", "q", 1, 1, Double.NaN))
        .withMessageContaining("module q: a score of NaN");
  }

  @RepeatedTest(50)
  void everyRule_anyModules_keepsBudgetAndBounds(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    List<ScoredModule> modules = draw(random);
    int mean = 1 + random.nextInt(12);
    long budget = (long) mean * LAYERS;

    assertThat(sum(RankShares.floor(modules, mean))).isLessThanOrEqualTo(budget);
    Map<String, Integer> exact = RankShares.largestRemainder(modules, mean, 1);
    long sides = modules.stream().mapToLong(ScoredModule::shortSide).sum();
    assertThat(sum(exact)).isEqualTo(Math.min(budget, sides));
    Map<String, Integer> paid = RankShares.byParameters(modules, mean, 1);
    long cost = 0;
    long most = 0;
    boolean allFull = true;
    for (ScoredModule module : modules) {
      for (Map<String, Integer> ranks : List.of(exact, paid)) {
        assertThat(ranks.get(module.name())).isBetween(1, module.shortSide());
      }
      int rank = requireNonNull(paid.get(module.name()));
      cost += rank * module.parametersPerRank();
      most = Math.max(most, module.parametersPerRank());
      allFull &= rank == module.shortSide();
    }
    long parameters = mean * modules.stream().mapToLong(ScoredModule::parametersPerRank).sum();
    assertThat(cost).isLessThanOrEqualTo(parameters);
    assertThat(allFull || parameters - cost < most).isTrue();
  }

  @RepeatedTest(20)
  void everyRule_scaledOrShuffled_givesTheSameRanks(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    List<ScoredModule> modules = draw(random);
    List<ScoredModule> scaled =
        modules.stream().map(module -> module.scored(1e3 * module.score())).toList();
    List<ScoredModule> shuffled = new ArrayList<>(modules);
    Collections.shuffle(shuffled, random);

    for (List<ScoredModule> other : List.of(scaled, shuffled)) {
      assertThat(RankShares.floor(other, 6)).isEqualTo(RankShares.floor(modules, 6));
      assertThat(RankShares.largestRemainder(other, 6, 1))
          .isEqualTo(RankShares.largestRemainder(modules, 6, 1));
      assertThat(RankShares.byParameters(other, 6, 1))
          .isEqualTo(RankShares.byParameters(modules, 6, 1));
    }
    Map<String, Double> shares = RankShares.shares(modules, false);
    assertThat(shares.values().stream().mapToDouble(share -> share).sum())
        .isCloseTo(1, within(1e-12));
  }

  /** Returns modules of one kind, some narrow, and some with the same score. */
  private static List<ScoredModule> draw(Random random) {
    return IntStream.range(0, LAYERS)
        .mapToObj(
            i ->
                new ScoredModule(
                    "layer" + i,
                    "kind",
                    2 + random.nextInt(30),
                    2 + random.nextInt(60),
                    i % 4 == 0 ? 0.5 : Math.exp(3 * random.nextGaussian())))
        .toList();
  }

  private static List<ScoredModule> published() {
    return modules(PUBLISHED);
  }

  private static List<ScoredModule> modules(double... scores) {
    return IntStream.range(0, scores.length)
        .mapToObj(i -> new ScoredModule("layer" + i, "value", 768, 768, scores[i]))
        .toList();
  }

  private static long sum(Map<String, Integer> ranks) {
    return ranks.values().stream().mapToInt(rank -> rank).sum();
  }
}
