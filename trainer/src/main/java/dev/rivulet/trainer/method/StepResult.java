package dev.rivulet.trainer.method;

import java.util.Optional;

/**
 * What one step did.
 *
 * @param loss mean loss of the batch, in nats
 * @param gradientNorm norm of the gradients of what is trained, before clipping
 * @param applied whether the update was applied: it is not when loss or norm is not finite
 * @param refresh the ranks applied, when the step refreshed the subspaces, or was the first with
 *     ranks that stay
 */
public record StepResult(
    double loss, double gradientNorm, boolean applied, Optional<RankSource.Decided> refresh) {}
