package dev.rivulet.trainer.method;

import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The step that first-order methods share: gradients of what is trained, clipped, to Adam. */
final class Descent {
  private final Subject subject;
  private final Adam adam;
  private final Set<Parameter> trained;

  /** Makes the step that trains Adam's parameters. */
  Descent(Subject subject, Adam adam) {
    this.subject = subject;
    this.adam = adam;
    trained = new HashSet<>(adam.parameters());
  }

  /** Takes a step. When loss or gradient is not finite, nothing changes. */
  StepResult step(List<TokenBatch> batches, double learningRate) {
    return step(batches, learningRate, StepWatch.NONE);
  }

  /** Takes a step that is looked on at. */
  StepResult step(List<TokenBatch> batches, double learningRate, StepWatch watch) {
    try (GradientBuffer gradients = new GradientBuffer(subject.kernels())) {
      float loss = gradients.take(subject.model(), batches, trained, watch);
      double norm = gradients.norm();
      boolean finite = Float.isFinite(loss) && Double.isFinite(norm);
      if (finite) {
        watch.see(gradients);
        adam.update(gradients, learningRate, clipScale(norm));
      }
      return new StepResult(loss, norm, finite, Optional.empty());
    }
  }

  /** Returns the factor on gradients of a norm that keeps them within the largest one allowed. */
  double clipScale(double norm) {
    double clipNorm = subject.clipNorm();
    return clipNorm > 0 && norm > clipNorm ? clipNorm / norm : 1;
  }
}
