package dev.rivulet.trainer.estimate;

/**
 * The memory of a zeroth-order method, which measures losses and computes no gradients: one forward
 * pass with a copy of the batch per evaluation, which keeps no activations.
 *
 * @param rank rank of every overlay, or a layer's shorter side where that is less
 * @param hasMomentum whether the factors have a momentum
 * @param directions random directions of a step
 * @param evaluations losses that a step measures
 */
public record ForwardMemory(int rank, boolean hasMomentum, int directions, int evaluations) {

  /**
   * Tensors of the size of the hidden states that half a block needs, besides its working memory.
   */
  private static final int STATES_OF_BLOCK = 3;

  /**
   * Returns the estimate of a training step. Its gradients are the directions, the values of the
   * tensors at every evaluation, and the copies from which the tensors are updated.
   */
  public MemoryEstimate estimate(MemoryPlan plan) {
    long blocks = plan.shape().blocks();
    long bases = 4 * blocks * plan.lefts(rank);
    long factors = 4 * blocks * plan.rights(rank);
    long moments = hasMomentum ? factors : 0;
    long moved = factors + 4 * plan.wholeElements();
    long copies = moved * (1 + directions + evaluations);
    long activations =
        evaluations * (STATES_OF_BLOCK * plan.hiddenStates() + plan.working())
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
}
