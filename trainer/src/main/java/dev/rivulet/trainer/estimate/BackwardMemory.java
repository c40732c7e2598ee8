package dev.rivulet.trainer.estimate;

import dev.rivulet.trainer.model.MemoryMode;

/**
 * The memory of a method that computes gradients by a backward pass, in bytes. One of the factories
 * describes each kind of method; {@link #estimate} adds what all of them share.
 *
 * @param bases frozen factors
 * @param factors trained factors
 * @param moments moments of the optimizer
 * @param block activations that one block keeps for its backward pass
 * @param lastBlock activations that the last block keeps for its backward pass
 * @param recomputed memory that one block's backward pass needs when its activations are recomputed
 * @param blockGradients gradients that remain after each block's backward pass
 * @param passing temporary memory of one block's backward pass
 * @param headGradients gradients of the head
 * @param sealed sealed factors that wait on the host for the next checkpoint
 * @param merging temporary memory of the merge of one layer, after the backward pass
 */
public record BackwardMemory(
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

  /** Bytes per weight of error compensation: the error, its transpose, and the remaining error. */
  private static final long COMPENSATION = 12;

  /**
   * Bytes per weight of a residual: the transposed gradient, its residual, and the latter's
   * transpose.
   */
  private static final long RESIDUAL = 12;

  /** Returns the memory of a method that trains all weights with Adam. */
  public static BackwardMemory wholeWeights(MemoryPlan plan) {
    long trained = plan.shape().linear() + plan.wholeElements();
    return new BackwardMemory(
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

  /**
   * Returns the memory of a method that trains the head only, so that the backward pass ends there.
   */
  public static BackwardMemory head(MemoryPlan plan) {
    long head = plan.shape().head();
    return new BackwardMemory(
        0, 0, 8 * head, 0, 0, 0, 0, plan.working() + plan.castWeight(), 4 * head, 0, 0);
  }

  /**
   * Returns the memory of a method that trains one factor of each layer's overlay against a frozen
   * basis. A refresh computes the full gradients of one block at a time and keeps the sketches of
   * all blocks; other steps compute the gradients of one block's outputs at a time.
   *
   * @param rank rank of every overlay, or a layer's shorter side where that is less
   * @param oversampling extra columns of the sketches
   */
  public static BackwardMemory oneFactor(MemoryPlan plan, int rank, int oversampling) {
    long blocks = plan.shape().blocks();
    long factors = plan.longSides(rank);
    int columns = rank + oversampling;
    // The factor that compensates for rounding has the ranks of both overlays.
    long overlays = 4 * blocks * (plan.shortSides(rank) + factors);
    long sealed = plan.base().isPacked() ? 2 * overlays : overlays;
    long sketches = plan.shortSides(columns) + plan.longSides(columns);
    return new BackwardMemory(
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

  /**
   * Returns this memory with the full gradients of all blocks, which a method keeps to compute each
   * layer's residual after the backward pass. Such a method seals no factors.
   */
  public BackwardMemory withFullGradients(MemoryPlan plan) {
    return new BackwardMemory(
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

  /**
   * Returns the memory of a method that trains both factors of each layer's overlay, and a
   * classifier's head.
   *
   * @param rank rank of every overlay, or a layer's shorter side where that is less
   */
  public static BackwardMemory bothFactors(MemoryPlan plan, int rank) {
    long factors = plan.shortSides(rank) + plan.longSides(rank);
    long allFactors = plan.shape().blocks() * factors;
    long head = plan.shape().causal() ? 0 : plan.shape().head();
    long embedding = plan.trainEmbeddings() ? plan.shape().embedding() : 0;
    return new BackwardMemory(
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

  /**
   * Returns the estimate of a training step: the peak is reached at the end of the forward pass, in
   * the backward pass of one of the blocks, or in the merge of a layer.
   *
   * @param plan the plan that this was made for
   */
  public MemoryEstimate estimate(MemoryPlan plan) {
    long blocks = plan.shape().blocks();
    boolean lean = plan.mode() == MemoryMode.LEAN;
    long keptOfBlock = lean ? plan.hiddenStates() : block;
    long keptOfAll = (blocks - 1) * keptOfBlock + (lean ? plan.hiddenStates() : lastBlock);
    long embeddingGradients = plan.trainEmbeddings() ? 4 * plan.shape().embedding() : 0;
    long gradients = headGradients + embeddingGradients + blocks * blockGradients;
    long activations = keptOfAll + plan.headBytes();
    long most = Math.max(activations + headGradients, gradients + merging);
    for (long done = 0; done < blocks; done++) {
      long during =
          headGradients
              + done * blockGradients
              + (done == 0 ? keptOfAll : (blocks - done) * keptOfBlock)
              + (lean ? recomputed : passing);
      most = Math.max(most, during);
    }
    return new MemoryEstimate(
        plan.weightBytes(),
        bases,
        factors,
        moments,
        gradients,
        activations,
        plan.weightBytes() + bases + factors + moments + sealed + most);
  }
}
