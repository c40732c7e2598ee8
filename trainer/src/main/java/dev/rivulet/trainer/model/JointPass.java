package dev.rivulet.trainer.model;

import ai.djl.ndarray.NDArray;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Several batches on their way through a model and back side by side: each block's gradients are
 * added over the batches before the next block has any.
 */
final class JointPass implements AutoCloseable {
  private final List<Pass> passes;
  private final double[] shares;

  /**
   * Begins a pass.
   *
   * @param passes of the batches
   * @param batches weighted by their targets
   */
  JointPass(List<Pass> passes, List<TokenBatch> batches) {
    this.passes = passes;
    double total = batches.stream().mapToLong(TokenBatch::count).sum();
    shares = batches.stream().mapToDouble(batch -> batch.count() / total).toArray();
  }

  /** Takes the gradients, as {@link Transformer#gradientsByBlock} says, and returns the loss. */
  float gradients(Set<Parameter> wanted, GradientSink sink) {
    double loss = 0;
    for (int i = 0; i < shares.length; i++) {
      loss += shares[i] * passes.get(i).begin(wanted);
    }
    do {
      deliver(sink);
    } while (descend());
    return (float) loss;
  }

  private void deliver(GradientSink sink) {
    Map<Parameter, NDArray> sums = new LinkedHashMap<>();
    for (int i = 0; i < shares.length; i++) {
      double share = shares[i];
      passes.get(i).deliver((parameter, gradient) -> add(sums, parameter, gradient.muli(share)));
    }
    sums.forEach(sink::accept);
  }

  private static void add(Map<Parameter, NDArray> sums, Parameter parameter, NDArray gradient) {
    NDArray sum = sums.putIfAbsent(parameter, gradient);
    if (sum != null) {
      sum.addi(gradient);
      gradient.close();
    }
  }

  /** Takes all passes one block down, where there is one. */
  private boolean descend() {
    return passes.stream().filter(Pass::descend).count() > 0;
  }

  @Override
  public void close() {
    passes.forEach(Pass::close);
  }
}
