package dev.rivulet.trainer.method;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.rivulet.trainer.model.GradientSink;
import dev.rivulet.trainer.model.TokenBatch;
import dev.rivulet.trainer.model.Transformer;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The gradients of one step. Gradients of the same parameter are summed. */
final class GradientBuffer implements GradientSink, AutoCloseable {
  private final Kernels kernels;
  private final NDManager manager;
  private final Map<Parameter, NDArray> gradients = new LinkedHashMap<>();

  GradientBuffer(Kernels kernels) {
    this.kernels = kernels;
    manager = kernels.manager().newSubManager();
  }

  /**
   * Computes the gradients of several batches, each weighted by its number of targets.
   *
   * @param trained the parameters whose gradients are kept
   * @param observer receives the gradients of its extra parameters
   * @return the mean loss over all targets, in nats; possibly not finite
   */
  float take(
      Transformer model,
      List<TokenBatch> batches,
      Set<Parameter> trained,
      GradientObserver observer) {
    Set<Parameter> wanted = new HashSet<>(trained);
    wanted.addAll(observer.extra());
    double total = batches.stream().mapToLong(TokenBatch::count).sum();
    double loss = 0;
    for (TokenBatch batch : batches) {
      double share = batch.count() / total;
      loss +=
          share
              * model.gradients(
                  batch,
                  wanted,
                  (parameter, gradient) -> {
                    if (trained.contains(parameter)) {
                      accept(parameter, share == 1 ? gradient : gradient.muli(share));
                    } else {
                      observer.observe(parameter, gradient);
                      gradient.close();
                    }
                  });
    }
    return (float) loss;
  }

  @Override
  public void accept(Parameter parameter, NDArray gradient) {
    NDArray before = gradients.get(parameter);
    if (before == null) {
      gradient.attach(manager);
      gradients.put(parameter, gradient);
    } else {
      before.addi(gradient);
      gradient.close();
    }
  }

  NDArray get(Parameter parameter) {
    NDArray gradient = gradients.get(parameter);
    if (gradient == null) {
      throw new IllegalStateException("no gradient of " + parameter.name());
    }
    return gradient;
  }

  /** Returns the norm of all gradients together; not finite when one of them is not. */
  double norm() {
    return kernels.callOne(manager, "norm", new ArrayList<>(gradients.values())).getDouble();
  }

  @Override
  public void close() {
    manager.close();
  }
}
