package dev.rivulet.trainer.estimate;

import dev.rivulet.trainer.factor.BaseForm;
import dev.rivulet.trainer.method.AdaRankGradConfig;
import dev.rivulet.trainer.method.LoqtConfig;
import dev.rivulet.trainer.method.MethodConfig;
import dev.rivulet.trainer.model.MemoryMode;

/**
 * The bytes that a method takes on a model and a batch, by what they are for.
 *
 * @param weights all weights, the linear layers' in the form that they are kept in
 * @param bases frozen factors of the overlays, at the largest rank
 * @param factors their trained factors, at the largest rank
 * @param moments of the optimizer
 * @param gradients at the end of a backward pass
 * @param activations at the end of a forward pass, with what the head needs
 * @param peak the most at one time
 */
public record MemoryEstimate(
    long weights,
    long bases,
    long factors,
    long moments,
    long gradients,
    long activations,
    long peak) {

  /**
   * What sets a method apart.
   *
   * @param bases bytes of frozen factors
   * @param factors bytes of trained factors
   * @param moments bytes of moments
   * @param block bytes that one block keeps for its backward pass
   * @param blockGradients bytes that stay of each block's backward pass
   * @param passing bytes that one block's backward pass takes while it lasts
   * @param merging bytes that the merge of one layer takes, after the backward pass
   */
  private record Demand(
      long bases,
      long factors,
      long moments,
      long block,
      long blockGradients,
      long passing,
      long merging) {}

  /** Bytes per weight of error compensation: the error, turned, and what is left of it. */
  private static final long COMPENSATION = 12;

  /**
   * Estimates a training run.
   *
   * @param plan the model, its forms, and the batch
   * @param method the method; an adaptive rank counts as its largest
   */
  public static MemoryEstimate of(MemoryPlan plan, MethodConfig method) {
    return of(plan, demand(plan, method));
  }

  private static Demand demand(MemoryPlan plan, MethodConfig method) {
    if (method instanceof AdaRankGradConfig overlay) {
      return overlays(plan, overlay.maxRank(), overlay.oversampling());
    }
    if (method instanceof LoqtConfig overlay) {
      return overlays(plan, overlay.rank(), overlay.oversampling());
    }
    return wholeWeights(plan);
  }

  private static Demand wholeWeights(MemoryPlan plan) {
    long trained = plan.shape().linear() + plan.wholeElements();
    return new Demand(
        0,
        0,
        8 * trained,
        plan.retained(false) + plan.castBlock(),
        4 * (plan.blockElements() + plan.shape().small()),
        plan.working(),
        0);
  }

  /**
   * A refresh takes the full gradients of one block at a time, and keeps the sketches of all; other
   * steps take the gradients of one block's outputs at a time.
   */
  private static Demand overlays(MemoryPlan plan, int rank, int oversampling) {
    long blocks = plan.shape().blocks();
    long factors = plan.longSides(rank);
    int columns = rank + oversampling;
    long sketches = plan.shortSides(columns) + plan.longSides(columns);
    return new Demand(
        4 * blocks * plan.shortSides(rank),
        4 * blocks * factors,
        8 * (blocks * factors + plan.wholeElements()),
        plan.retained(true) + plan.mergedBlock(),
        4 * (factors + plan.shape().small() + sketches),
        plan.working() + Math.max(4 * plan.blockElements(), plan.outputGradients()),
        plan.base() == BaseForm.NF4 ? COMPENSATION * plan.largestLayer() : 0);
  }

  private static MemoryEstimate of(MemoryPlan plan, Demand demand) {
    long blocks = plan.shape().blocks();
    boolean lean = plan.mode() == MemoryMode.LEAN;
    long keptOfBlock = lean ? plan.hiddenStates() : demand.block();
    long headGradients = 4 * plan.shape().head();
    long embeddingGradients = plan.trainEmbeddings() ? 4 * plan.shape().embedding() : 0;
    long gradients = headGradients + embeddingGradients + blocks * demand.blockGradients();
    long activations = blocks * keptOfBlock + plan.headBytes();
    long most = Math.max(activations + headGradients, gradients + demand.merging());
    for (long done = 0; done < blocks; done++) {
      long during =
          headGradients
              + done * demand.blockGradients()
              + (blocks - done) * keptOfBlock
              + (lean ? demand.block() : 0)
              + demand.passing();
      most = Math.max(most, during);
    }
    return new MemoryEstimate(
        plan.weightBytes(),
        demand.bases(),
        demand.factors(),
        demand.moments(),
        gradients,
        activations,
        plan.weightBytes() + demand.bases() + demand.factors() + demand.moments() + most);
  }
}
