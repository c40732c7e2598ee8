package dev.rivulet.trainer.method;

import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The step that first-order methods share: computes gradients, clips them and passes them to Adam.
 */
final class Descent {
  private final MethodContext context;
  private final Adam adam;
  private final Set<Parameter> trained;

  /** Creates a step that trains Adam's parameters. */
  Descent(MethodContext context, Adam adam) {
    this.context = context;
    this.adam = adam;
    trained = new HashSet<>(adam.parameters());
  }

  /** Takes a step. When loss or gradient is not finite, the model stays as it is. */
  StepResult step(List<TokenBatch> batches, double learningRate) {
    return step(batches, learningRate, GradientObserver.NONE);
  }

  /** Takes a step and reports its gradients to an observer. */
  StepResult step(List<TokenBatch> batches, double learningRate, GradientObserver observer) {
    try (GradientBuffer gradients = new GradientBuffer(context.kernels())) {
      float loss = gradients.take(context.model(), batches, trained, observer);
      double norm = gradients.norm();
      boolean finite = Float.isFinite(loss) && Double.isFinite(norm);
      if (finite) {
        observer.observe(gradients);
        adam.update(gradients, learningRate, clipScale(norm));
      }
      return new StepResult(loss, norm, finite, Optional.empty());
    }
  }

  /** Returns the factor on gradients of a norm that keeps them within the largest one allowed. */
  double clipScale(double norm) {
    double clipNorm = context.clipNorm();
    return clipNorm > 0 && norm > clipNorm ? clipNorm / norm : 1;
  }
}
