package dev.rivulet.trainer.estimate;

import dev.rivulet.trainer.method.AdaRankGradConfig;
import dev.rivulet.trainer.method.LoqtConfig;
import dev.rivulet.trainer.method.LoraConfig;
import dev.rivulet.trainer.method.MethodConfig;
import dev.rivulet.trainer.method.ProbeConfig;
import dev.rivulet.trainer.method.ResidualPolicy;

/**
 * What sets a method's memory apart.
 *
 * @param bases bytes of frozen factors
 * @param factors bytes of trained factors
 * @param moments bytes of moments
 * @param block bytes that one block keeps for its backward pass
 * @param lastBlock the same of the last block
 * @param recomputed bytes that one block's backward pass takes when the block is computed again
 * @param blockGradients bytes that stay of each block's backward pass
 * @param passing bytes that one block's backward pass takes while it lasts
 * @param headGradients bytes of the head's gradients
 * @param sealed bytes of sealed factors, which wait on the host for the next checkpoint
 * @param merging bytes that the merge of one layer takes, after the backward pass
 */
record Demand(
    long bases,
    long factors,
    long moments,
    long block,
    long lastBlock,
    long recomputed,
    long blockGradients,
    long passing,
    long headGradients,
    long sealed,
    long merging) {

  /** Bytes per weight of error compensation: the error, turned, and what is left of it. */
  private static final long COMPENSATION = 12;

  /** Bytes per weight of a residual: the gradient turned, its residual, and that turned back. */
  private static final long RESIDUAL = 12;

  static Demand of(MemoryPlan plan, MethodConfig method) {
    if (method instanceof AdaRankGradConfig overlay) {
      Demand demand = overlays(plan, overlay.maxRank(), overlay.oversampling());
      return overlay.residual() == ResidualPolicy.FIRA ? demand.holdingFull(plan) : demand;
    }
    if (method instanceof LoqtConfig overlay) {
      return overlays(plan, overlay.rank(), overlay.oversampling());
    }
    if (method instanceof LoraConfig lora) {
      return lora(plan, lora);
    }
    return method instanceof ProbeConfig ? head(plan) : wholeWeights(plan);
  }

  private static Demand wholeWeights(MemoryPlan plan) {
    long trained = plan.shape().linear() + plan.wholeElements();
    return new Demand(
        0,
        0,
        8 * trained,
        plan.retained(Trained.WEIGHTS) + plan.castBlock(),
        plan.retainedOfLast(Trained.WEIGHTS) + plan.castBlock(),
        plan.recomputed(Trained.WEIGHTS),
        4 * (plan.blockElements() + plan.shape().small()),
        plan.working(),
        4 * plan.shape().head(),
        0,
        0);
  }

  /** Nothing below the head goes backward. */
  private static Demand head(MemoryPlan plan) {
    long head = plan.shape().head();
    return new Demand(
        0, 0, 8 * head, 0, 0, 0, 0, plan.working() + plan.castWeight(), 4 * head, 0, 0);
  }

  /**
   * A refresh takes the full gradients of one block at a time, and keeps the sketches of all; other
   * steps take the gradients of one block's outputs at a time.
   */
  private static Demand overlays(MemoryPlan plan, int rank, int oversampling) {
    long blocks = plan.shape().blocks();
    long factors = plan.longSides(rank);
    int columns = rank + oversampling;
    // What makes up for rounding has the ranks of both overlays.
    long overlays = 4 * blocks * (plan.shortSides(rank) + factors);
    long sealed = plan.base().isPacked() ? 2 * overlays : overlays;
    long sketches = plan.shortSides(columns) + plan.longSides(columns);
    return new Demand(
        4 * blocks * plan.shortSides(rank),
        4 * blocks * factors,
        8 * (blocks * factors + plan.wholeElements()),
        plan.retained(Trained.ONE_FACTOR) + plan.mergedBlock(),
        plan.retainedOfLast(Trained.ONE_FACTOR) + plan.mergedBlock(),
        plan.recomputed(Trained.ONE_FACTOR),
        4 * (factors + plan.shape().small() + sketches),
        plan.working() + Math.max(4 * plan.blockElements(), plan.outputGradients()),
        4 * plan.shape().head(),
        sealed,
        plan.base().isPacked() ? COMPENSATION * plan.largestLayer() : 0);
  }

  /** The full gradients of all blocks stay, and one layer's residual is made after the pass. */
  private Demand holdingFull(MemoryPlan plan) {
    return new Demand(
        bases,
        factors,
        moments,
        block,
        lastBlock,
        recomputed,
        blockGradients + 4 * plan.blockElements(),
        passing,
        headGradients,
        0,
        RESIDUAL * plan.largestLayer());
  }

  private static Demand lora(MemoryPlan plan, LoraConfig method) {
    int rank = (int) Math.ceil(method.meanRank());
    long factors = plan.shortSides(rank) + plan.longSides(rank);
    long allFactors = plan.shape().blocks() * factors;
    long head = plan.shape().causal() ? 0 : plan.shape().head();
    long embedding = plan.trainEmbeddings() ? plan.shape().embedding() : 0;
    return new Demand(
        0,
        4 * allFactors,
        8 * (allFactors + head + embedding),
        plan.retained(Trained.BOTH_FACTORS) + plan.mergedBlock(),
        plan.retainedOfLast(Trained.BOTH_FACTORS) + plan.mergedBlock(),
        plan.recomputed(Trained.BOTH_FACTORS),
        4 * factors,
        plan.working() + plan.outputGradients(),
        4 * head,
        0,
        0);
  }
}
