package dev.rivulet.trainer.estimate;

import dev.rivulet.trainer.method.MethodConfig;
import dev.rivulet.trainer.model.MemoryMode;
import dev.rivulet.trainer.model.ModelShape;

/**
 * The bytes that a method takes on a model and a batch, by what they are for.
 *
 * @param weights all weights, the linear layers' in the form that they are kept in
 * @param overlays bases and trained factors, at the largest rank
 * @param moments of the optimizer
 * @param gradients at the end of a backward pass
 * @param activations kept between forward and backward pass, with what the head needs
 * @param peak the most at one time
 */
public record MemoryEstimate(
    long weights, long overlays, long moments, long gradients, long activations, long peak) {

  /**
   * Estimates a training run.
   *
   * @param plan the model, its forms, and the batch
   * @param method the method; an adaptive rank counts as its largest
   */
  public static MemoryEstimate of(MemoryPlan plan, MethodConfig method) {
    return method instanceof MethodConfig.AdaRankGrad overlay
        ? ofOverlays(plan, overlay)
        : ofWholeWeights(plan);
  }

  private static MemoryEstimate ofWholeWeights(MemoryPlan plan) {
    ModelShape shape = plan.shape();
    long block = 4 * plan.blockElements();
    long trained = shape.linear() + plan.wholeElements();
    return assemble(plan, 0, 8 * trained, 4 * trained, plan.retained(false), block, block, 0);
  }

  private static MemoryEstimate ofOverlays(MemoryPlan plan, MethodConfig.AdaRankGrad method) {
    long bases = plan.blockSides(method.maxRank(), true);
    long factors = plan.blockSides(method.maxRank(), false);
    int blocks = plan.shape().blocks();
    long whole = plan.wholeElements();
    long sketch =
        plan.blockSides(method.maxRank() + method.oversampling(), true)
            + plan.blockSides(method.maxRank() + method.oversampling(), false);
    // A refresh takes one block's full gradient at a time, and keeps the sketches of all blocks.
    return assemble(
        plan,
        4 * blocks * (bases + factors),
        8 * (blocks * factors + whole),
        4 * (blocks * factors + whole),
        plan.retained(true),
        4 * plan.blockElements() + 4 * sketch,
        plan.mergedBlock(),
        4 * sketch);
  }

  /**
   * Puts the parts together.
   *
   * @param retained bytes that one block keeps for its backward pass
   * @param blockGradients bytes that one block's backward pass makes, at most
   * @param blockWeights bytes of weights that a block makes for its own use, kept with {@code
   *     retained}
   * @param keptPerBlock bytes that stay after a block's backward pass, besides the gradients
   */
  private static MemoryEstimate assemble(
      MemoryPlan plan,
      long overlays,
      long moments,
      long gradients,
      long retained,
      long blockGradients,
      long blockWeights,
      long keptPerBlock) {
    ModelShape shape = plan.shape();
    boolean wholeWeights = overlays == 0;
    long perBlock = retained + (wholeWeights ? plan.castBlock() : blockWeights);
    long inputs = plan.hiddenStates();
    boolean fast = plan.mode() == MemoryMode.FAST;
    long kept = shape.blocks() * (fast ? perBlock : inputs);
    long headGradients = 4 * (shape.head() + (plan.trainEmbeddings() ? shape.embedding() : 0));
    long atHead = kept + plan.headBytes() + 4 * shape.head();
    long backward = 0;
    for (int done = 0; done < shape.blocks(); done++) {
      long left = (shape.blocks() - done) * (fast ? perBlock : inputs) + (fast ? 0 : perBlock);
      long soFar = 4 * shape.head() + done * (gradientsPerBlock(plan, gradients) + keptPerBlock);
      backward = Math.max(backward, left + soFar + blockGradients + plan.working());
    }
    long end = gradients + shape.blocks() * keptPerBlock + headGradients - headGradients;
    long fixed = plan.weightBytes() + overlays + moments;
    return new MemoryEstimate(
        plan.weightBytes(),
        overlays,
        moments,
        gradients,
        kept + plan.headBytes(),
        fixed + Math.max(atHead, Math.max(backward, end)));
  }

  private static long gradientsPerBlock(MemoryPlan plan, long gradients) {
    long outside =
        4 * (plan.shape().head() + (plan.trainEmbeddings() ? plan.shape().embedding() : 0));
    return (gradients - outside) / plan.shape().blocks();
  }
}
