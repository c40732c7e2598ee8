package dev.rivulet.trainer.method;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.rivulet.trainer.factor.HostTensor;
import dev.rivulet.trainer.tensor.Kernels;
import dev.rivulet.trainer.tensor.Parameter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Adam's moments of a set of parameters, and the update with decoupled weight decay (Kingma &amp;
 * Ba, arXiv 1412.6980; Loshchilov &amp; Hutter, arXiv 1711.05101).
 *
 * <p>All parameters share one count of updates. ε is added to the root of the bias-corrected second
 * moment.
 */
final class Adam implements AutoCloseable {

  /** First and second moment of a parameter, both of its shape. */
  record Moments(Parameter first, Parameter second) {

    /** Makes them zeros of a tensor's shape. */
    void clear(NDArray like) {
      long[] shape = like.getShape().getShape();
      first.clear(shape);
      second.clear(shape);
    }
  }

  private final Kernels kernels;
  private final AdamWConfig config;
  private final Map<Parameter, Moments> moments = new LinkedHashMap<>();
  private long updates;

  Adam(Kernels kernels, AdamWConfig config, List<Parameter> parameters) {
    this.kernels = kernels;
    this.config = config;
    for (Parameter parameter : parameters) {
      long[] shape = parameter.value().getShape().getShape();
      NDManager owner = kernels.manager();
      moments.put(
          parameter,
          new Moments(
              Parameter.zeros("m/" + parameter.name(), owner, shape),
              Parameter.zeros("v/" + parameter.name(), owner, shape)));
    }
  }

  /** Returns the parameters, in a fixed order. */
  List<Parameter> parameters() {
    return List.copyOf(moments.keySet());
  }

  Moments moments(Parameter parameter) {
    Moments found = moments.get(parameter);
    if (found == null) {
      throw new IllegalStateException("no moments of " + parameter.name());
    }
    return found;
  }

  double epsilon() {
    return config.epsilon();
  }

  long updates() {
    return updates;
  }

  /** Returns 1 − β₁ᵗ and 1 − β₂ᵗ of the updates so far. */
  double[] corrections() {
    double count = updates;
    return new double[] {
      1 - StrictMath.pow(config.beta1(), count), 1 - StrictMath.pow(config.beta2(), count)
    };
  }

  /**
   * Takes one step with every parameter that has elements.
   *
   * @param gradients holds one of each parameter's shape
   * @param gradientScale factor on the gradients, from clipping
   */
  void update(GradientBuffer gradients, double learningRate, double gradientScale) {
    updates++;
    update(gradients, learningRate, gradientScale, 0, parameter -> parameter.shape().size() != 2);
    update(
        gradients,
        learningRate,
        gradientScale,
        config.weightDecay(),
        parameter -> parameter.shape().size() == 2);
  }

  private void update(
      GradientBuffer gradients,
      double learningRate,
      double gradientScale,
      double weightDecay,
      Predicate<Parameter> group) {
    List<Parameter> present =
        moments.keySet().stream().filter(parameter -> parameter.size() > 0).filter(group).toList();
    if (present.isEmpty()) {
      return;
    }
    List<NDArray> values = new ArrayList<>();
    List<NDArray> grads = new ArrayList<>();
    List<NDArray> first = new ArrayList<>();
    List<NDArray> second = new ArrayList<>();
    for (Parameter parameter : present) {
      values.add(parameter.value());
      grads.add(gradients.get(parameter));
      first.add(moments(parameter).first().value());
      second.add(moments(parameter).second().value());
    }
    double[] numbers = {
      learningRate,
      config.beta1(),
      config.beta2(),
      config.epsilon(),
      updates,
      gradientScale,
      weightDecay
    };
    try (NDManager scratch = kernels.manager().newSubManager()) {
      kernels.call(scratch, "adamw", values, grads, first, second, numbers);
    }
  }

  /** Returns the bytes of all moments. */
  long bytes() {
    return state().mapToLong(Parameter::bytes).sum();
  }

  /** Returns copies of the moments, those of parameters without elements left out. */
  List<HostTensor> snapshot() {
    return state().filter(parameter -> parameter.size() > 0).map(HostTensor::of).toList();
  }

  /** Takes moments and count back. Parameters whose moments are not given have none. */
  void restore(Map<String, HostTensor> tensors, long count) {
    updates = count;
    state()
        .forEach(
            parameter -> {
              HostTensor tensor = tensors.get(parameter.name());
              if (tensor != null) {
                tensor.into(parameter);
              }
            });
  }

  private Stream<Parameter> state() {
    return moments.values().stream().flatMap(pair -> Stream.of(pair.first(), pair.second()));
  }

  @Override
  public void close() {
    state().forEach(Parameter::close);
  }
}
