package dev.rivulet.trainer.method;

import dev.rivulet.schemas.record.ZerothOrder;
import java.util.Optional;

/**
 * What one step did.
 *
 * @param loss mean loss of the batch, in nats
 * @param gradientNorm norm of the gradients of what is trained, before clipping; of a zeroth-order
 *     step, which has no gradient, the size of the slope that it measured: |c|, or with several
 *     queries their root mean square
 * @param applied whether the update was applied: it is not when loss or norm is not finite
 * @param refresh the ranks applied, when the step refreshed the subspaces, or was the first with
 *     ranks that stay
 * @param zerothOrder the scalars of a zeroth-order step that was applied
 */
public record StepResult(
    double loss,
    double gradientNorm,
    boolean applied,
    Optional<RankSource.Decided> refresh,
    Optional<ZerothOrder> zerothOrder) {

  /** Makes the result of a first-order step, or of one that was withheld. */
  public StepResult(
      double loss, double gradientNorm, boolean applied, Optional<RankSource.Decided> refresh) {
    this(loss, gradientNorm, applied, refresh, Optional.empty());
  }
}
