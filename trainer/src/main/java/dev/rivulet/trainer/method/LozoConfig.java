package dev.rivulet.trainer.method;

import dev.rivulet.schemas.fold.RoundingPolicy;
import dev.rivulet.schemas.lozo.LozoProbe;
import dev.rivulet.schemas.lozo.LozoSettings;
import dev.rivulet.trainer.estimate.ForwardMemory;
import dev.rivulet.trainer.estimate.MemoryEstimate;
import dev.rivulet.trainer.estimate.MemoryPlan;
import dev.rivulet.trainer.estimate.MultiplyAdds;
import java.util.Map;

/**
 * LOZO and LOZO-M (arXiv 2410.07698): training from losses alone, along low-rank random directions.
 *
 * <p>Learning rates are those of the paper, whose update has a factor 1/r; the code that its
 * authors published has none, so that its learning rate counts r times as much. The largest
 * gradient norm of a run is not used: the slope along a random direction is not a norm of the
 * gradient.
 *
 * @param rank rank r of the updates
 * @param redrawEvery updates (ν) between two draws of V
 * @param epsilon ε, the length of a probe along its direction
 * @param momentum decay of the momentum: 0 is LOZO, above 0 LOZO-M
 * @param queries one-sided queries of a step; 0 for a central pair
 * @param normalise whether the queries' differences are divided by their standard deviation
 */
public record LozoConfig(
    int rank, int redrawEvery, double epsilon, double momentum, int queries, boolean normalise)
    implements MethodConfig {
  /** The settings that the paper's authors found best for OPT-1.3B. */
  public static final LozoConfig DEFAULT = new LozoConfig(2, 50, 1e-3, 0, 0, false);

  /**
   * Checks the ranges.
   *
   * @throws dev.rivulet.schemas.failure.UsageException when a value is out of its range
   */
  public LozoConfig {
    LozoSettings unusedSettings =
        new LozoSettings(0, rank, redrawEvery, momentum, queries, RoundingPolicy.NEAREST);
    LozoProbe unusedProbe = new LozoProbe(queries, epsilon, normalise);
  }

  /** Returns what decides the weights. */
  public LozoSettings settings(long seed, RoundingPolicy rounding) {
    return new LozoSettings(seed, rank, redrawEvery, momentum, queries, rounding);
  }

  /** Returns how the loss is measured. */
  public LozoProbe probe() {
    return new LozoProbe(queries, epsilon, normalise);
  }

  @Override
  public String name() {
    return "lozo";
  }

  @Override
  public Map<String, Object> settings() {
    return Map.of(
        "lozo.rank", rank,
        "lozo.redrawEvery", redrawEvery,
        "lozo.epsilon", epsilon,
        "lozo.momentum", momentum,
        "lozo.queries", queries,
        "lozo.normalise", normalise);
  }

  @Override
  public Method start(MethodContext context) {
    return new Lozo(this, context);
  }

  @Override
  public MemoryEstimate memory(MemoryPlan plan) {
    return new ForwardMemory(rank, momentum > 0, Math.max(1, queries), probe().parts())
        .estimate(plan);
  }

  @Override
  public long multiplyAdds(MultiplyAdds step) {
    return step.forward(rank, probe().parts());
  }
}
