package dev.rivulet.trainer.estimate;

/**
 * The bytes that a method needs for a model and a batch, by purpose. An adaptive rank counts as its
 * largest, a rank pattern as its mean, and LoRA as if every layer were a target.
 *
 * @param weights all weights; those of the linear layers in the form in which they are kept
 * @param bases frozen factors of the overlays
 * @param factors trained factors of the overlays
 * @param moments moments of the optimizer
 * @param gradients gradients at the end of a backward pass; of a method without gradients, the
 *     values that take their place
 * @param activations activations at the end of a forward pass, and the memory of the head
 * @param peak the largest sum at one time
 */
public record MemoryEstimate(
    long weights,
    long bases,
    long factors,
    long moments,
    long gradients,
    long activations,
    long peak) {}
