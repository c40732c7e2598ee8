package dev.rivulet.ops.ranks;

import dev.rivulet.schemas.policy.RankShares;
import dev.rivulet.schemas.policy.ScoredModule;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How shares become whole ranks. */
enum Allocation {
  /** The published rule, kind by kind of layer: rounded down, so that ranks are left over. */
  FLOOR,
  /** Kind by kind, with nothing left over. */
  LARGEST_REMAINDER,
  /** All kinds together, by the parameters that their ranks cost. */
  PARAMETERS;

  private static final int LEAST = 1;

  /** Returns whether each kind of layer has a budget of its own. */
  boolean byKind() {
    return this != PARAMETERS;
  }

  /** Returns a rank for each module, by name; the published rule may give 0. */
  Map<String, Integer> ranks(List<ScoredModule> modules, int meanRank) {
    return switch (this) {
      case FLOOR -> RankShares.floor(modules, meanRank);
      case LARGEST_REMAINDER -> RankShares.largestRemainder(modules, meanRank, LEAST);
      case PARAMETERS -> RankShares.byParameters(modules, meanRank, LEAST);
    };
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
