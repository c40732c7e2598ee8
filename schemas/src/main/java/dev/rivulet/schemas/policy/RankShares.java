package dev.rivulet.schemas.policy;

import dev.rivulet.schemas.failure.UsageException;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * Fixed ranks in proportion to scores (AdaRank, arXiv 2408.09015): a module that matters more gets
 * more of the ranks that a mean rank r allows. Pure functions of the modules, in whatever order
 * they come.
 *
 * <p>No module gets more than its short side; what it cannot take goes to the others, except by the
 * published rule.
 */
public final class RankShares {
  private static final Comparator<ScoredModule> BY_NAME = Comparator.comparing(ScoredModule::name);

  private RankShares() {}

  /**
   * Returns the ranks of the published rule: of the L modules of each kind, module i gets ⌊r·L·dᵢ /
   * Σd⌋, which may be 0. Their sum is at most r·L.
   */
  public static Map<String, Integer> floor(Collection<ScoredModule> modules, int meanRank) {
    Map<String, Double> shares = shares(modules, true);
    Map<String, Long> modulesOfKind =
        modules.stream().collect(Collectors.groupingBy(ScoredModule::kind, Collectors.counting()));
    Map<String, Integer> ranks = new LinkedHashMap<>();
    for (ScoredModule module : modules) {
      double budget = meanRank * (double) valueOf(modulesOfKind, module.kind());
      double rank = Math.floor(budget * valueOf(shares, module.name()));
      ranks.put(module.name(), (int) Math.min(rank, module.shortSide()));
    }
    return ranks;
  }

  /**
   * Returns ranks whose sum over the L modules of each kind is exactly r·L: each module gets the
   * least rank, the rest of the budget is shared out in proportion to the scores and rounded down,
   * and what rounding leaves goes to the largest remainders. The sum is less only when the modules'
   * short sides add up to less.
   *
   * @param minRank smallest rank, at most the mean rank
   */
  public static Map<String, Integer> largestRemainder(
      Collection<ScoredModule> modules, int meanRank, int minRank) {
    Map<String, Integer> ranks = inOrder(modules);
    byKind(modules)
        .values()
        .forEach(
            kind -> ranks.putAll(share(kind, module -> 1, (long) meanRank * kind.size(), minRank)));
    return ranks;
  }

  /**
   * Returns ranks of modules of all kinds that share one budget, that of the parameters which the
   * mean rank would take everywhere: Σ rᵢ·(inᵢ + outᵢ) is at most r·Σ (inᵢ + outᵢ). The parameters,
   * not the ranks, are in proportion to the scores. What stays unspent is less than one rank of the
   * dearest module costs, unless all modules have their short side.
   *
   * @param minRank smallest rank, at most the mean rank
   */
  public static Map<String, Integer> byParameters(
      Collection<ScoredModule> modules, int meanRank, int minRank) {
    long budget = meanRank * modules.stream().mapToLong(ScoredModule::parametersPerRank).sum();
    Map<String, Integer> ranks = inOrder(modules);
    ranks.putAll(share(List.copyOf(modules), ScoredModule::parametersPerRank, budget, minRank));
    return ranks;
  }

  /**
   * Returns each module's share of the scores, by name; equal shares where all scores are 0.
   *
   * @param byKind whether the shares of each kind add up to 1, or those of all modules
   */
  public static Map<String, Double> shares(Collection<ScoredModule> modules, boolean byKind) {
    Map<String, Double> shares = new HashMap<>();
    Collection<List<ScoredModule>> groups =
        byKind ? byKind(modules).values() : List.of(List.copyOf(modules));
    for (List<ScoredModule> group : groups) {
      double total = total(group);
      for (ScoredModule module : group) {
        shares.put(module.name(), total > 0 ? module.score() / total : 1.0 / group.size());
      }
    }
    return shares;
  }

  /** Shares a budget out, in the unit of what one rank of a module costs. */
  private static Map<String, Integer> share(
      List<ScoredModule> modules, ToLongFunction<ScoredModule> cost, long budget, int minRank) {
    Map<String, Integer> ranks = new HashMap<>();
    long spent = 0;
    for (ScoredModule module : modules) {
      int least = Math.min(minRank, module.shortSide());
      ranks.put(module.name(), least);
      spent += least * cost.applyAsLong(module);
    }
    if (spent > budget) {
      throw new UsageException(
          "a least rank of %d costs %d, and the budget is %d".formatted(minRank, spent, budget));
    }
    long left = budget - spent;
    List<ScoredModule> open =
        modules.stream().filter(module -> room(module, ranks) > 0).sorted(BY_NAME).toList();
    while (!open.isEmpty()) {
      Map<String, Double> quotas = quotas(open, cost, left);
      List<ScoredModule> full =
          open.stream()
              .filter(module -> valueOf(quotas, module.name()) >= room(module, ranks))
              .toList();
      if (full.isEmpty()) {
        round(open, quotas, cost, left, ranks);
        break;
      }
      for (ScoredModule module : full) {
        left -= room(module, ranks) * cost.applyAsLong(module);
        ranks.put(module.name(), module.shortSide());
      }
      open = open.stream().filter(module -> !full.contains(module)).toList();
    }
    return ranks;
  }

  /** Returns the ranks, not yet whole, that modules get of a budget. */
  private static Map<String, Double> quotas(
      List<ScoredModule> modules, ToLongFunction<ScoredModule> cost, long budget) {
    Map<String, Double> shares = shares(modules, false);
    return modules.stream()
        .collect(
            Collectors.toMap(
                ScoredModule::name,
                module -> budget * valueOf(shares, module.name()) / cost.applyAsLong(module)));
  }

  /** Adds quotas rounded down, and one more to the largest remainders that what is left pays. */
  private static void round(
      List<ScoredModule> modules,
      Map<String, Double> quotas,
      ToLongFunction<ScoredModule> cost,
      long budget,
      Map<String, Integer> ranks) {
    Map<String, Double> remainders = new HashMap<>();
    long left = budget;
    for (ScoredModule module : modules) {
      double quota = valueOf(quotas, module.name());
      int whole = (int) quota;
      remainders.put(module.name(), quota - whole);
      ranks.merge(module.name(), whole, Integer::sum);
      left -= whole * cost.applyAsLong(module);
    }
    Comparator<ScoredModule> largestFirst =
        Comparator.<ScoredModule>comparingDouble(module -> valueOf(remainders, module.name()))
            .thenComparingDouble(ScoredModule::score)
            .reversed()
            .thenComparing(BY_NAME);
    for (ScoredModule module : modules.stream().sorted(largestFirst).toList()) {
      if (cost.applyAsLong(module) <= left) {
        left -= cost.applyAsLong(module);
        ranks.merge(module.name(), 1, Integer::sum);
      }
    }
  }

  private static int room(ScoredModule module, Map<String, Integer> ranks) {
    return module.shortSide() - valueOf(ranks, module.name());
  }

  /** Adds in the order of the names: so the sum does not depend on that of the modules. */
  private static double total(List<ScoredModule> modules) {
    return modules.stream().sorted(BY_NAME).mapToDouble(ScoredModule::score).sum();
  }

  private static Map<String, List<ScoredModule>> byKind(Collection<ScoredModule> modules) {
    return modules.stream()
        .collect(
            Collectors.groupingBy(ScoredModule::kind, LinkedHashMap::new, Collectors.toList()));
  }

  /** Returns a map that keeps the order of the modules. */
  private static Map<String, Integer> inOrder(Collection<ScoredModule> modules) {
    Map<String, Integer> ranks = new LinkedHashMap<>();
    modules.forEach(module -> ranks.put(module.name(), 0));
    return ranks;
  }

  private static <V> V valueOf(Map<String, V> map, String name) {
    V value = map.get(name);
    if (value == null) {
      throw new IllegalArgumentException("module %s occurs twice or not at all".formatted(name));
    }
    return value;
  }
}
