package dev.rivulet.trainer.estimate;

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
  /** Tensors as wide as the hidden states beside what half a block needs in passing. */
  private static final int STATES_OF_BLOCK = 3;

  /**
   * Estimates a training run.
   *
   * @param plan the model, its forms, and the batch
   * @param method the method; an adaptive rank counts as its largest, a rank pattern as its mean,
   *     and LoRA as if every layer were a target
   */
  public static MemoryEstimate of(MemoryPlan plan, MethodConfig method) {
    return method instanceof LozoConfig lozo
        ? lossesOnly(plan, lozo)
        : of(plan, Demand.of(plan, method));
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
    long copies = moved * (1 + Math.max(1, method.queries()) + parts);
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

  private static MemoryEstimate of(MemoryPlan plan, Demand demand) {
    long blocks = plan.shape().blocks();
    boolean lean = plan.mode() == MemoryMode.LEAN;
    long keptOfBlock = lean ? plan.hiddenStates() : demand.block();
    long keptOfAll = (blocks - 1) * keptOfBlock + (lean ? plan.hiddenStates() : demand.lastBlock());
    long headGradients = demand.headGradients();
    long embeddingGradients = plan.trainEmbeddings() ? 4 * plan.shape().embedding() : 0;
    long gradients = headGradients + embeddingGradients + blocks * demand.blockGradients();
    long activations = keptOfAll + plan.headBytes();
    long most = Math.max(activations + headGradients, gradients + demand.merging());
    for (long done = 0; done < blocks; done++) {
      long during =
          headGradients
              + done * demand.blockGradients()
              + (done == 0 ? keptOfAll : (blocks - done) * keptOfBlock)
              + (lean ? demand.recomputed() : demand.passing());
      most = Math.max(most, during);
    }
    return new MemoryEstimate(
        plan.weightBytes(),
        demand.bases(),
        demand.factors(),
        demand.moments(),
        gradients,
        activations,
        plan.weightBytes()
            + demand.bases()
            + demand.factors()
            + demand.moments()
            + demand.sealed()
            + most);
  }
}
