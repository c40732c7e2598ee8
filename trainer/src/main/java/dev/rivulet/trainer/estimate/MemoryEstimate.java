package dev.rivulet.trainer.estimate;

import dev.rivulet.trainer.method.AdaRankGradConfig;
import dev.rivulet.trainer.method.LozoConfig;
import dev.rivulet.trainer.method.MethodConfig;
import dev.rivulet.trainer.model.MemoryMode;

/**
 * The bytes that a method takes on a model and a batch, by what they are for.
 *
 * @param weights all weights, the linear layers' in the form that they are kept in
 * @param bases frozen factors of the overlays, at the largest rank
 * @param factors their trained factors, at the largest rank
 * @param moments of the optimizer
 * @param gradients at the end of a backward pass, or what a method without gradients has instead
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
  /** Tensors as wide as the hidden states that a block's attention has at one time. */
  private static final int STATES_OF_BLOCK = 6;

  /**
   * What sets a method apart.
   *
   * @param bases bytes of frozen factors
   * @param factors bytes of trained factors
   * @param moments bytes of moments
   * @param block bytes that one block keeps for its backward pass
   * @param blockGradients bytes that stay of each block's backward pass
   * @param passing bytes that one block's backward pass takes while it lasts
   */
  private record Demand(
      long bases, long factors, long moments, long block, long blockGradients, long passing) {}

  /**
   * Estimates a training run.
   *
   * @param plan the model, its forms, and the batch
   * @param method the method; an adaptive rank counts as its largest
   */
  public static MemoryEstimate of(MemoryPlan plan, MethodConfig method) {
    if (method instanceof LozoConfig lozo) {
      return lossesOnly(plan, lozo);
    }
    return of(
        plan,
        method instanceof AdaRankGradConfig overlay ? overlays(plan, overlay) : wholeWeights(plan));
  }

  /**
   * One forward pass with the batch as many times over as there are evaluations, which keeps no
   * activation. Directions and the values of the tensors at every evaluation stand where others
   * have gradients, with the copies from which the tensors are moved.
   */
  private static MemoryEstimate lossesOnly(MemoryPlan plan, LozoConfig method) {
    long blocks = plan.shape().blocks();
    long parts = method.probe().parts();
    long bases = 4 * blocks * plan.lefts(method.rank());
    long factors = 4 * blocks * plan.rights(method.rank());
    long moments = method.momentum() > 0 ? factors : 0;
    long moved = factors + 4 * plan.wholeElements();
    long copies = moved * (1 + method.settings(0).directions() + parts);
    long activations =
        parts * (STATES_OF_BLOCK * plan.hiddenStates() + plan.working())
            + Math.max(plan.castWeight(), plan.headBytes());
    return new MemoryEstimate(
        plan.weightBytes(),
        bases,
        factors,
        moments,
        copies,
        activations,
        plan.weightBytes() + bases + factors + moments + copies + activations);
  }

  private static Demand wholeWeights(MemoryPlan plan) {
    long trained = plan.shape().linear() + plan.wholeElements();
    return new Demand(
        0,
        0,
        8 * trained,
        plan.retained(false) + plan.castBlock(),
        4 * (plan.blockElements() + plan.shape().small()),
        plan.working());
  }

  /**
   * A refresh takes the full gradients of one block at a time, and keeps the sketches of all; other
   * steps take the gradients of one block's outputs at a time.
   */
  private static Demand overlays(MemoryPlan plan, AdaRankGradConfig method) {
    long blocks = plan.shape().blocks();
    long factors = plan.longSides(method.maxRank());
    int columns = method.maxRank() + method.oversampling();
    long sketches = plan.shortSides(columns) + plan.longSides(columns);
    return new Demand(
        4 * blocks * plan.shortSides(method.maxRank()),
        4 * blocks * factors,
        8 * (blocks * factors + plan.wholeElements()),
        plan.retained(true) + plan.mergedBlock(),
        4 * (factors + plan.shape().small() + sketches),
        plan.working() + Math.max(4 * plan.blockElements(), plan.outputGradients()));
  }

  private static MemoryEstimate of(MemoryPlan plan, Demand demand) {
    long blocks = plan.shape().blocks();
    boolean lean = plan.mode() == MemoryMode.LEAN;
    long keptOfBlock = lean ? plan.hiddenStates() : demand.block();
    long headGradients = 4 * plan.shape().head();
    long embeddingGradients = plan.trainEmbeddings() ? 4 * plan.shape().embedding() : 0;
    long gradients = headGradients + embeddingGradients + blocks * demand.blockGradients();
    long activations = blocks * keptOfBlock + plan.headBytes();
    long most = Math.max(activations + headGradients, gradients);
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
